import Wire

/// A received datagram with its source and destination.
struct IncomingDatagram: ~Escapable {
    let datagram: Span<UInt8>
    let peer: Endpoint
    let local: Endpoint

    @_lifetime(copy datagram)
    init(datagram: Span<UInt8>, peer: Endpoint, local: Endpoint) {
        self.datagram = datagram
        self.peer = peer
        self.local = local
    }
}

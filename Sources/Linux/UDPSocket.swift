import CLinux
import Wire

/// A UDP socket for IKE, and for ESP in UDP.
public final class UDPSocket: InternetSocket {
    public init(_ family: Address.Family) throws(SystemError) { try super.init(family, ipProtocol: 0) }

    /// From now on the kernel takes ESP packets that arrive here for its own XFRM states (RFC 3948); IKE, behind its
    /// non-ESP marker, still comes to us. Needs a kernel with ESP.
    public func enableEncapsulation() throws(SystemError) {
        try check(clinux_set_encapsulation(number), "setsockopt UDP_ENCAP")
    }
}

/// A socket for one IP protocol, such as ESP's 50. Needs CAP_NET_RAW.
public final class RawSocket: InternetSocket {
    public override init(_ family: Address.Family, ipProtocol: UInt8) throws(SystemError) {
        try super.init(family, ipProtocol: ipProtocol)
    }

    /// The caller writes IPv4 headers himself; the kernel still fills in checksum, identification and total length.
    public func includeHeader() throws(SystemError) {
        try check(clinux_set_header_included(number), "setsockopt IP_HDRINCL")
    }
}

import Wire

extension NetlinkRequest {
    /// NFNL_SUBSYS_NFTABLES
    static let nftablesBase: UInt16 = 10 << 8

    /// A message to nftables. Changes must be in a batch, whose first message is prepended.
    static func nftables(
        _ type: UInt16, _ flags: Flags, family: UInt8, to purpose: Sentence, inBatch: Bool = false
    ) -> NetlinkRequest {
        guard inBatch else {
            let request = NetlinkRequest(nftablesBase | type, flags, to: purpose)
            request.netfilterHeader(family, 0)
            return request
        }
        let request = NetlinkRequest(16, [], to: purpose) // NFNL_MSG_BATCH_BEGIN
        request.netfilterHeader(0, 10)
        request.next(nftablesBase | type, flags)
        request.netfilterHeader(family, 0)
        return request
    }

    func endBatch() {
        next(17, []) // NFNL_MSG_BATCH_END
        netfilterHeader(0, 10)
    }

    /// struct nfgenmsg
    func netfilterHeader(_ family: UInt8, _ resource: UInt16) {
        uint8(family)
        uint8(0)
        uint16(resource)
    }

    func expression(_ name: Name, _ body: () -> Void) {
        attribute(1) { // NFTA_LIST_ELEM
            attribute(1, name)
            attribute(2) { body() }
        }
    }

    /// Compares the packet's meta datum `key` (NFT_META_…) with `value`.
    func meta(_ key: UInt32, equals value: [UInt8]) {
        expression("meta") {
            attribute(1) { uint32(1) }
            attribute(2) { uint32(key) }
        }
        equals(value)
    }

    /// Compares the address at this offset of the IP header with a network.
    func compare(_ network: Subnet, at offset: UInt32) {
        if network.prefix == 0 { return }
        let octets = network.address.octets
        expression("payload") {
            attribute(1) { uint32(1) }
            attribute(2) { uint32(1) } // NFT_PAYLOAD_NETWORK_HEADER
            attribute(3) { uint32(offset) }
            attribute(4) { uint32(UInt32(octets.count)) }
        }
        if !network.isHost {
            expression("bitwise") {
                attribute(1) { uint32(1) }
                attribute(2) { uint32(1) }
                attribute(3) { uint32(UInt32(octets.count)) }
                attribute(4) { attribute(1) { append(network.mask.octets) } }
                attribute(5) { attribute(1) { zeros(octets.count) } }
            }
        }
        equals(octets)
    }

    func equals(_ value: [UInt8]) {
        expression("cmp") {
            attribute(1) { uint32(1) }
            attribute(2) { uint32(0) } // NFT_CMP_EQ
            attribute(3) { attribute(1) { append(value) } }
        }
    }
}

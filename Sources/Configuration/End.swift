import Crypto
import Wire

/// One end of a conn: everything that `left…` or `right…` says. A fresh value holds the defaults.
public final class End {
    /// `left=` or `right=`: who this end is.
    public enum Host: Hashable, Sendable {
        case address(Address)
        /// `%any`, `0.0.0.0` or `::`: anyone, who must come to us.
        case any
        /// This machine, at whatever address the default route uses.
        case defaultRoute
        /// To be looked up, again at every attempt.
        case name(Name)

        /// The host name to look up; `nil` for the other cases.
        public var name: Name? { if case .name(let name) = self { name } else { nil } }

        /// `nil` where only the running system can tell.
        public var family: Address.Family? { if case .address(let address) = self { address.family } else { nil } }
    }

    /// `nexthop=`: how the other end is reached.
    public enum NextHop: Hashable, Sendable {
        /// The other end is reached as the kernel's own routes say.
        case direct
        /// The default route's gateway.
        case defaultRoute
        case address(Address)
    }

    /// `rsasigkey`: where this end's public key comes from.
    public enum RSAKey: Sendable {
        /// Nothing was written. FreeS/WAN then asked the DNS; there is no key, unless a certificate brings it.
        case unset
        case none
        /// From the certificate that this end shows.
        case certificate
        /// `%dns…`: from the DNS, which Cygnet does not ask.
        case dns
        /// RFC 3110 in ipsec.conf.
        case key(RSAPublicKey)
    }

    /// `leftca`: who must have signed this end's certificate.
    public enum Authority: Hashable, Sendable {
        /// Anybody in ipsec.d/cacerts.
        case any
        /// Whoever signed the other end's.
        case same
        /// A distinguished name, DER; `*` in it stands for any value.
        case name([UInt8])
    }

    /// When this end sends its certificate.
    public enum SendCertificate: UInt8, Sendable { case always, ifAsked, never }

    /// `vhost:` or `vnet:` in `subnet=`, word for word.
    public struct Virtual: Sendable {
        /// `vnet:`: the peer may propose networks, not only single addresses (`vhost:`).
        public var takesNetworks: Bool
        /// `%no`, `%priv`, `%all`
        public var takesPeerItself = false
        /// `%priv`: the networks of `virtual_private=`.
        public var takesPrivate = false
        /// `%all`: any address.
        public var takesAll = false
        /// Networks that are written out, such as `%v4:10.0.0.0/8`.
        public var nets: [VirtualNet] = []

        init(takesNetworks: Bool) { self.takesNetworks = takesNetworks }

        /// - Parameter privately: `virtual_private=`
        public func subnets(_ privately: [VirtualNet]) -> VirtualSubnets {
            var all = nets
            if takesPrivate { all += privately }
            if takesAll { for family in [Address.Family.ipv4, .ipv6] { all.append(VirtualNet(.everything(family), isExcluded: false)) } }
            return VirtualSubnets(takesNetworks: takesNetworks, takesPeerItself: takesPeerItself, nets: all)
        }

        /// As in ipsec.conf.
        public var text: Sentence {
            var words: [Sentence] = []
            if takesPeerItself { words.append("%no") }
            if takesPrivate { words.append("%priv") }
            if takesAll { words.append("%all") }
            for net in nets { words.append(net.sentence) }
            return "\(takesNetworks ? "vnet:" : "vhost:" as StaticString)\(Sentence.joined(words, by: ","))"
        }
    }

    /// The address or name of this end.
    public internal(set) var host = Host.any
    /// The network behind this end; `nil` is the host itself.
    public internal(set) var subnet: Subnet?
    /// What a peer may say lies behind it, in the place of `subnet`.
    public internal(set) var virtual: Virtual?
    /// `nexthop=`
    public internal(set) var nextHop = NextHop.direct
    /// `nil` is the host's own address, or what the two flags below say.
    public internal(set) var identity: Identity?
    /// `%any`: whoever proves to be somebody.
    public internal(set) var isAnyIdentity = false
    /// `%fromcert`, or a certificate and no `id`: the subject of the certificate.
    public internal(set) var isIdentityFromCertificate = false
    /// `rsasigkey=`
    public internal(set) var rsaKey = RSAKey.unset
    /// Taken as well as the first, while the one is replaced by the other.
    public internal(set) var rsaKey2 = RSAKey.unset
    /// A file: as written, under ipsec.d/certs unless it begins with `/`.
    public internal(set) var certificate: Name?
    /// `ca=`: the authority that must have signed this end's certificate.
    public internal(set) var authority = Authority.any
    /// `sendcert=`
    public internal(set) var sendCertificate = SendCertificate.ifAsked
    /// The address this gateway itself uses towards the far subnet.
    public internal(set) var sourceIP: Address?
    /// The command for up and down events, in words; empty for what is built in.
    public internal(set) var upDown: [Name] = []
    /// Open the forwarding firewall for the tunnel.
    public internal(set) var firewall = false
    /// Open the gateway itself, too: what it receives and sends as a member of the network behind it.
    public internal(set) var hostAccess = false
    /// IP protocol the tunnel is narrowed to; 0 is any.
    public internal(set) var ipProtocol: UInt8 = 0
    /// Port the tunnel is narrowed to; 0 is any.
    public internal(set) var port: UInt16 = 0

    init() {}

    /// The public keys written here, none to two.
    public var rsaKeys: [RSAPublicKey] {
        var keys: [RSAPublicKey] = []
        if case .key(let key) = rsaKey { keys.append(key) }
        if case .key(let key) = rsaKey2 { keys.append(key) }
        return keys
    }

    /// `rsasigkey=%cert`, or a certificate of its own: the key comes in a certificate.
    public var bringsCertificate: Bool {
        if case .certificate = rsaKey { return true }
        return certificate != nil
    }

    /// Packets of which family this side sends through the tunnel; `nil` where only the running system can tell.
    var innerFamily: Address.Family? { subnet?.address.family ?? host.family }

    /// What the tunnel carries on this side, once the host's address is known.
    public func selector(host address: Address) -> Selector {
        Selector(subnet ?? Subnet(host: address), ipProtocol: ipProtocol, port: port)
    }
}

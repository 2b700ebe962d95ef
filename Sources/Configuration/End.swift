import Crypto
import Wire

/// One end of a conn: the values of the parameters `left…` or `right…`. A new object holds the defaults.
public final class End {
    /// `left=` or `right=`: who this end is.
    public enum Host: Hashable, Sendable {
        case address(Address)
        /// `%any`, `0.0.0.0` or `::`: a peer at any address, which must initiate.
        case any
        /// This machine, at whatever address the default route uses.
        case defaultRoute
        /// A host name, looked up again at every attempt.
        case name(Name)

        /// The host name to look up; `nil` for the other cases.
        public var name: Name? { if case .name(let name) = self { name } else { nil } }

        /// The family of an address; `nil` where only the running system can tell.
        public var family: Address.Family? { if case .address(let address) = self { address.family } else { nil } }
    }

    /// `nexthop=`: how the other end is reached.
    public enum NextHop: Hashable, Sendable {
        /// `%direct`: the kernel's routes decide.
        case direct
        /// The default route's gateway.
        case defaultRoute
        case address(Address)
    }

    /// `rsasigkey`: where this end's public key comes from.
    public enum RSAKey: Sendable {
        /// Not given. There is no key unless a certificate brings one. (FreeS/WAN asked the DNS.)
        case unset
        case none
        /// `%cert`: the key of the certificate that this end sends.
        case certificate
        /// `%dnsondemand`: the DNS is asked for each Main Mode.
        case dnsOnDemand
        /// `%dnsonload` or `%dns`: the DNS is asked when the conn is added.
        case dnsOnLoad
        /// The key itself, in the form of RFC 3110.
        case key(RSAPublicKey)
    }

    /// `leftca=`: the authority that must have signed this end's certificate.
    public enum Authority: Hashable, Sendable {
        /// Any authority of ipsec.d/cacerts.
        case any
        /// `%same`: the authority of the other end's certificate.
        case same
        /// A distinguished name in DER; `*` matches any value.
        case name([UInt8])
    }

    /// `vhost:` or `vnet:` in `subnet=`, as written.
    public struct Virtual: Sendable {
        /// `vnet:`: the peer may propose networks, not only single addresses (`vhost:`).
        public var takesNetworks: Bool
        /// `%no`: the peer may propose its own address.
        public var takesPeerItself = false
        /// `%priv`: the networks of `virtual_private=`.
        public var takesPrivate = false
        /// `%all`: any address.
        public var takesAll = false
        /// Networks that are written out, such as `%v4:10.0.0.0/8`.
        public var nets: [VirtualNet] = []

        init(takesNetworks: Bool) { self.takesNetworks = takesNetworks }

        /// The subnets that this value allows.
        /// - Parameter privately: the value of `virtual_private=`, for `%priv`.
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
    /// `subnet=`: the network behind this end; `nil` is the host itself.
    public internal(set) var subnet: Subnet?
    /// `subnet=vhost:…`: the subnets that the peer may propose; `subnet` is then `nil`.
    public internal(set) var virtual: Virtual?
    /// `nexthop=`
    public internal(set) var nextHop = NextHop.direct
    /// `id=`; `nil` is the host's address, unless one of the two flags below is set.
    public internal(set) var identity: Identity?
    /// `id=%any`: any ID that is authenticated.
    public internal(set) var isAnyIdentity = false
    /// `id=%fromcert`, or a certificate and no `id=`: the ID is the certificate's subject.
    public internal(set) var isIdentityFromCertificate = false
    /// `rsasigkey=`
    public internal(set) var rsaKey = RSAKey.unset
    /// `rsasigkey2=`: a second key that is also accepted, for the time of a key change.
    public internal(set) var rsaKey2 = RSAKey.unset
    /// `cert=`: a file as written, under ipsec.d/certs unless it begins with `/`.
    public internal(set) var certificate: Name?
    /// `ca=`: the authority that must have signed this end's certificate.
    public internal(set) var authority = Authority.any
    /// `sendcert=`
    public internal(set) var sendCertificate = SendCertificate.ifAsked
    /// `sourceip=`: source address of this gateway's own packets to the remote subnet.
    public internal(set) var sourceIP: Address?
    /// `updown=`: the updown command and its arguments; empty for the built-in one.
    public internal(set) var upDown: [Name] = []
    /// `firewall=`: whether forwarded packets of the tunnel are accepted in the firewall.
    public internal(set) var firewall = false
    /// `hostaccess=`: whether packets to and from the gateway itself are accepted, too.
    public internal(set) var hostAccess = false
    /// `protoport=`: IP protocol of the tunnel's packets; 0 is any.
    public internal(set) var ipProtocol: UInt8 = 0
    /// `protoport=`: port of the tunnel's packets on this side; 0 is any.
    public internal(set) var port: UInt16 = 0

    init() {}

    /// The public keys given here, at most two.
    public var rsaKeys: [RSAPublicKey] {
        var keys: [RSAPublicKey] = []
        if case .key(let key) = rsaKey { keys.append(key) }
        if case .key(let key) = rsaKey2 { keys.append(key) }
        return keys
    }

    /// Whether the key comes from a certificate: `rsasigkey=%cert` or `cert=`.
    public var bringsCertificate: Bool {
        if case .certificate = rsaKey { return true }
        return certificate != nil
    }

    /// Whether the DNS is asked for the key.
    public var bringsKeyFromDNS: Bool {
        switch rsaKey {
        case .dnsOnDemand, .dnsOnLoad: true
        default: false
        }
    }

    /// Whether the DNS can be asked for the key: it knows addresses and host names, and no other IDs. The host's own address is the
    /// ID where none is given.
    var hasIdentityInDNS: Bool {
        if isIdentityFromCertificate { return false }
        switch identity {
        case nil, .address, .fqdn: return true
        default: return false
        }
    }

    /// The family of this side's inner packets; `nil` where only the running system can tell.
    var innerFamily: Address.Family? { subnet?.address.family ?? host.family }

    /// What the tunnel carries on this side, once the host's address is known.
    public func selector(host address: Address) -> Selector {
        Selector(subnet ?? Subnet(host: address), ipProtocol: ipProtocol, port: port)
    }
}

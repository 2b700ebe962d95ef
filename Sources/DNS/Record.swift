import Crypto
import Wire

/// The data of one record of the type that was asked for.
public enum Record: Sendable {
    /// A or AAAA.
    case address(Address)
    /// PTR.
    case name(DomainName)
    /// TXT: its strings, joined.
    case text([UInt8])
    /// KEY: an RSA key for IPsec; `nil` for any other key.
    case key(RSAPublicKey?)
    /// IPSECKEY; `nil` if its gateway or algorithm is of an unknown kind.
    case ipsecKey(Delegation?)
    /// The data does not fit the type.
    case malformed

    /// Reads the next `count` octets. A name in them may have a pointer into the whole message.
    init(_ type: RecordType, _ reader: inout ByteReader, count: Int) {
        do throws(WireError) {
            let end = reader.offset + count
            switch type {
            case .a, .aaaa:
                guard count == (type == .a ? 4 : 16), let address = Address(try reader.span(count)) else { throw .malformed(at: end) }
                self = .address(address)
            case .ptr:
                let name = try DomainName(&reader)
                guard reader.offset == end else { throw .malformed(at: end) }
                self = .name(name)
            case .txt:
                var text: [UInt8] = []
                while reader.offset < end {
                    let length = Int(try reader.uint8())
                    guard reader.offset + length <= end else { throw .malformed(at: end) }
                    text += try reader.array(length)
                }
                self = .text(text)
            case .key:
                // Flags: authentication only, of a host; protocol IPsec; algorithm RSA (RFC 2535 §3.1).
                guard try reader.uint32() == 0x4200_0401 else {
                    self = .key(nil)
                    return
                }
                guard count > 4, let key = RSAPublicKey(rfc3110: try reader.array(count - 4)) else { throw .malformed(at: end) }
                self = .key(key)
            case .ipsecKey:
                var data = try reader.reader(count)
                self = .ipsecKey(try Delegation(ipsecKey: &data))
            case .cname, .dname: self = .malformed
            }
        } catch { self = .malformed }
    }
}

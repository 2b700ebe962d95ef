import Testing
import Wire

@Suite struct AddressText {
    /// Text that is already as we write it.
    @Test(arguments: [
        "0.0.0.0", "192.0.2.1", "255.255.255.255", "10.0.0.255",
        "::", "::1", "1::", "2001:db8::1", "fe80::1:2:3:4", "ff02::1:ff00:0", "1:2:3:4:5:6:7:8",
        "::ffff:192.0.2.1", "::1:0:0:1", "::fffe:0:0",
        // RFC 5952 §4.2.2: one group of zeros is written out.
        "2001:db8:0:1:1:1:1:1", "0:1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0",
        // §4.2.3: the longest run, and of two alike the first.
        "2001:0:0:1::1", "2001:db8::1:0:0:1", "1:0:0:2::",
    ])
    func roundTrip(_ text: String) throws {
        let address = try #require(Address(text))
        #expect("\(address)" == text)
        #expect(address.family == (text.contains(":") ? .ipv6 : .ipv4))
    }

    /// Other ways to write the same (RFC 5952 §1 and §2).
    @Test(arguments: [
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"),
        ("2001:db8:aaaa:bbbb:cccc:dddd:0:1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"),
        ("2001:db8:aaaa:bbbb:cccc:dddd::1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("::FFFF:C000:0201", "::ffff:192.0.2.1"),
        ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ])
    func canonical(_ text: String, _ expected: String) throws {
        #expect("\(try #require(Address(text)))" == expected)
    }

    @Test(arguments: [
        "", ".", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.0.0.1", "1.2.3.256", "01.2.3.4", "1.2.3.00",
        "1.2.3.1000", "0x1.2.3.4", "-1.2.3.4", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4/32", "a.b.c.d", "example.com",
        ":", ":::", "1:", ":1", "1::2::3", "1:::2", "12345::", "g::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1:",
        "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1::2:3:4:5:6:7:8", "fe80::1%eth0", "[::1]", "::1.2.3", "::1.2.3.4.5",
        "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::01.2.3.4", "::-1", "+1::",
    ])
    func refused(_ text: String) {
        #expect(Address(text) == nil)
    }

    @Test func endpoints() {
        #expect("\(Endpoint(Address(ipv4: 0xc000_0201), 4500))" == "192.0.2.1:4500")
        #expect("\(Endpoint(Address(ipv6High: 0x2001_0db8 << 32, low: 1), 500))" == "[2001:db8::1]:500")
    }
}

@Suite struct AddressOctets {
    @Test func roundTrip() throws {
        for text in ["192.0.2.1", "0.0.0.0", "2001:db8::fe", "ffff:eeee:dddd:cccc:bbbb:aaaa:9999:8888"] {
            let address = try #require(Address(text))
            let octets = address.octets
            #expect(octets.count * 8 == address.bitCount)
            #expect(Address(octets.span) == address)
        }
        #expect(Address(ipv4: 0x0102_0304).octets == [1, 2, 3, 4])
        #expect(Address(ipv6High: 0x0102_0304_0506_0708, low: 0x090a_0b0c_0d0e_0f10).octets == Array(1...16))
        for count in [0, 1, 3, 5, 8, 15, 17] {
            #expect(Address([UInt8](repeating: 1, count: count).span) == nil)
        }
    }

    @Test func familiesDiffer() {
        #expect(Address.any(.ipv4) != Address.any(.ipv6))
        #expect(Address.any(.ipv4).isAny && Address.any(.ipv6).isAny)
        #expect(!Address(ipv4: 1).isAny)
    }

    @Test func masks() {
        let four = Address(ipv4: 0xffff_ffff)
        for (prefix, expected) in [
            (0, 0), (1, 0x8000_0000), (8, 0xff00_0000), (31, 0xffff_fffe), (32, 0xffff_ffff),
        ] as [(Int, UInt32)] {
            #expect(four.masked(to: prefix) == Address(ipv4: expected))
        }
        let six = Address(ipv6High: .max, low: .max)
        for (prefix, high, low) in [
            (0, 0, 0), (1, 1 << 63, 0), (63, .max - 1, 0), (64, .max, 0), (65, .max, 1 << 63), (127, .max, .max - 1),
            (128, .max, .max),
        ] as [(Int, UInt64, UInt64)] {
            #expect(six.masked(to: prefix) == Address(ipv6High: high, low: low))
        }
    }
}

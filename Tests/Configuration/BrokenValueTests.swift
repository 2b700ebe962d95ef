import Configuration
import Testing
import Wire

/// Whole files with one error, as people write them, and the messages: values, algorithms, keys.
@Suite struct BrokenValueTests {
    /// A conn without a fault, to be spoilt: its last line is line 4.
    static let least = "conn net\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauthby=secret\n"

    @Test(arguments: [
        // An ID that would be looked up
        (
            least + "\tleftid=gate.example.com\n",
            [
                "5: leftid=gate.example.com: a name that is an ID, and is not looked up, has @ before it: "
                    + "@gate.example.com"
            ]
        ),
        // An ID in hexadecimal, odd
        (
            least + "\tleftid=@#123\n",
            [
                "5: leftid=@#123: expected an address, @name, user@name, @#hexadecimal or \"C=..., CN=...\""
            ]
        ),
        // %myid without a value
        (
            least + "\tleftid=%myid\n",
            [
                "5: conn net: leftid=%myid: myid= is not set in config setup"
            ]
        ),
        // The router that is the gateway itself
        (
            least + "\tleftnexthop=192.0.2.1\n",
            [
                "5: conn net: leftnexthop=192.0.2.1: this is left itself; expected the router that leads to the other end"
            ]
        ),
        // An address of ours outside our net
        (
            least + "\tleftsubnet=10.1.0.0/16\n\tleftsourceip=10.2.0.1\n",
            [
                "6: conn net: leftsourceip=10.2.0.1: this is not inside leftsubnet=10.1.0.0/16"
            ]
        ),
        // An unknown service
        (
            least + "\tleftprotoport=tcp/htp\n",
            [
                "5: leftprotoport=tcp/htp: htp is neither a port nor a known service; expected a number from 0 to 65535, or %any"
            ]
        ),
        // Networks in transport mode
        (
            least + "\ttype=transport\n\tleftsubnet=10.1.0.0/16\n",
            [
                "5: conn net: type=transport: transport mode is between the two hosts themselves; remove the subnets, or "
                    + "write type=tunnel"
            ]
        ),
        // auto=start with a peer at any address
        (
            "conn net\n\tleft=192.0.2.1\n\tright=%any\n\tauthby=secret\n\tauto=start\n",
            [
                "5: warning: conn net: auto=start: a peer at any address cannot be called; auto=add is used"
            ]
        ),
        // Yes and no by other words
        (
            least + "\tpfs=ja\n",
            [
                "5: pfs=ja: expected yes or no"
            ]
        ),
        // A word that auto= does not know
        (
            least + "\tauto=boot\n",
            [
                "5: auto=boot: expected ignore, add, route, start or manual"
            ]
        ),
        // authby= with an unknown word
        (
            "conn net\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauthby=password\n",
            [
                "4: authby=password: expected secret, rsasig, secret|rsasig or never"
            ]
        ),
        // The newer protocol
        (
            least + "\tkeyexchange=ikev2\n",
            [
                "5: keyexchange=ikev2: this is IKEv2, and Cygnet has IKEv1 only"
            ]
        ),
        // A cipher that was broken
        (
            least + "\tike=des-md5-modp1024\n",
            [
                "5: ike=des-md5-modp1024: single DES can be broken in hours and is refused; expected one of aes128, "
                    + "aes192, aes256, 3des"
            ]
        ),
        // Authentication without encryption
        (
            least + "\tesp=null-sha1\n",
            [
                "5: esp=null-sha1: null would leave packets unencrypted or unauthenticated, which is refused"
            ]
        ),
        // A hash misspelt
        (
            least + "\tike=aes256-sha265-modp2048\n",
            [
                "5: ike=aes256-sha265-modp2048: sha265 is not known; expected a cipher (aes128, aes192, aes256, 3des), a "
                    + "hash (md5, sha1, sha256, sha384, sha512) or a group (modp1536, modp2048, modp3072, modp4096, modp6144, "
                    + "modp8192, ecp256, ecp384, ecp521, curve25519); did you mean sha256?"
            ]
        ),
        // ESP's cipher for IKE
        (
            least + "\tike=aes256gcm16-sha256-modp2048\n",
            [
                "5: ike=aes256gcm16-sha256-modp2048: aes256gcm16 exists for ESP only; ISAKMP in IKEv1 has CBC ciphers, "
                    + "such as aes128"
            ]
        ),
        // A lifetime beyond a day
        (
            least + "\tkeylife=7d\n",
            [
                "5: keylife=7d: at most 24h are allowed"
            ]
        ),
        // A lifetime in words
        (
            least + "\tikelifetime=1hour\n",
            [
                "5: ikelifetime=1hour: expected a time such as 3600, 3600s, 60m, 1.5h or 1d"
            ]
        ),
        // A margin longer than the life
        (
            least + "\tkeylife=5m\n\trekeymargin=9m\n",
            [
                "6: warning: conn net: rekeymargin=9m: this is no less than keylife=300s; keys are renewed at half their life"
            ]
        ),
        // Dead peers counted before they could answer
        (
            least + "\tdpddelay=60\n\tdpdtimeout=30\n",
            [
                "6: conn net: dpdtimeout=30: expected more than dpddelay=60s, so that the peer has time to answer"
            ]
        ),
        // Dead peers never asked
        (
            least + "\tdpdaction=restart\n",
            [
                "5: warning: conn net: dpdaction=restart: without dpddelay= the peer is never probed"
            ]
        ),
        // Half a key pasted
        (
            least + "\tleftrsasigkey=0sAQOF8tZ2\n",
            [
                "5: leftrsasigkey=0sAQOF8tZ2: this is no RSA key of 1024 to 8192 bits in the form of RFC 3110, as 'ipsec "
                    + "showhostkey' prints it"
            ]
        ),
        // A key's file for the key
        (
            least + "\tleftrsasigkey=gate.pem\n",
            [
                "5: leftrsasigkey=gate.pem: expected 0x and hexadecimal digits, 0s and base 64, or 0t and text"
            ]
        ),
        // A section that also= does not find
        (
            least + "\talso=keyes\nconn keys\n\tpfs=no\n",
            [
                "5: also=keyes: there is no such conn; did you mean keys?"
            ]
        ),
        // Also= round in a loop
        (
            "conn a\n\talso=b\nconn b\n\talso=a\n",
            [
                "2: also=b forms a loop",
                "4: also=a forms a loop",
            ]
        ),
        // An include that is not there
        (
            "include /etc/ipsec.d/office.conf\n" + least,
            [
                "1: cannot include /etc/ipsec.d/office.conf: no such file"
            ]
        ),
        // A start of a conn that does not exist
        (
            "config setup\n\tplutostart=nte\n" + least,
            [
                "2: plutostart=: there is no conn nte; did you mean net?"
            ]
        ),
        // An interface without its half
        (
            "config setup\n\tinterfaces=eth0\n" + least,
            [
                "2: interfaces=eth0: expected words such as ipsec0=eth0, or %defaultroute, or only %none"
            ]
        ),
        // The wire under PPPoE
        (
            "config setup\n\tinterfaces=\"ipsec0=pppoe0\"\n" + least,
            [
                "2: warning: interfaces=ipsec0=pppoe0: pppoe0 looks like the wire under PPPoE; tunnels stand on the ppp "
                    + "interface, such as ppp0"
            ]
        ),
        // A command that a shell would find
        (
            least + "\tleftupdown=updown.sh\n",
            [
                "5: leftupdown=updown.sh: expected a command that begins with / and its arguments; there is no shell to "
                    + "look for it"
            ]
        ),
        // Opportunism
        (
            "conn net\n\tleft=%defaultroute\n\tright=%opportunistic\n\tauthby=secret\n",
            [
                "3: right=%opportunistic: opportunistic encryption is not supported; expected an address, a host name, "
                    + "%any or %defaultroute"
            ]
        ),
        // IPComp
        (
            least + "\tcompress=yes\n",
            [
                "5: warning: compress=yes: there is no IPComp, and plain ESP is used, which this proposes as well"
            ]
        ),
        // An SPI of automatic keying
        (
            least + "\tspi=0x1000\n",
            [
                "5: spi=0x1000: expected an SPI from 0x100 to 0xfff"
            ]
        ),
        // A manual key too short
        (
            least + "\tspi=0x200\n\tesp=3des-md5\n\tespenckey=0x0123456789abcdef\n\tespauthkey=0t0123456789abcdef\n",
            [
                "7: conn net: espenckey: the key has 8 octets; 3des takes 24"
            ]
        ),
        // Manual keys without a hash's
        (
            least + "\tspi=0x200\n\tesp=aes128-sha1\n\tespenckey=0x0123456789abcdef0011223344556677\n",
            [
                "1: conn net: espauthkey= is missing"
            ]
        ),
        // A 3DES key that is single DES
        (
            least
                + "\tspi=0x200\n\tesp=3des-md5\n\tespenckey=0x0123456789abcdef0123456789abcdef0011223344556677\n\tespauthkey=0t0123456789abcdef\n",
            [
                "7: conn net: espenckey: two of its three parts are the same, which leaves single DES; 'ipsec ranbits 192' "
                    + "makes a key"
            ]
        ),
        // The published keys
        (
            least
                + "\tspi=0x200\n\tesp=3des-md5-96\n\tespenckey=0x01234567_89abcdef_02468ace_13579bdf_12345678_9abcdef0\n\tespauthkey=0x12345678_9abcdef0_2468ace0_13579bdf\n",
            [
                "7: warning: espenckey: THIS KEY IS THE PUBLISHED EXAMPLE: ANYONE CAN READ WHAT IT PROTECTS. Put your own "
                    + "in its place at both ends",
                "8: warning: espauthkey: THIS KEY IS THE PUBLISHED EXAMPLE: ANYONE CAN READ WHAT IT PROTECTS. Put your own "
                    + "in its place at both ends",
            ]
        ),
    ])
    func told(_ text: String, _ expected: [String]) {
        // Warnings about missing features are no errors of the file.
        #expect(ConfigurationTests.told(text).filter { !$0.hasSuffix("does nothing yet") } == expected)
    }
}

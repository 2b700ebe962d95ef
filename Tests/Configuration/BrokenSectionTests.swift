import Configuration
import Testing
import Wire

/// Whole files with one error, as people write them, and the messages: lines, sections and the two ends.
@Suite struct BrokenSectionTests {
    /// A conn without a fault, to be spoilt: its last line is line 4.
    static let least = "conn net\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauthby=secret\n"

    @Test(arguments: [
        // A parameter without white space before it
        (
            "conn net\nleft=192.0.2.1\n\tright=192.0.2.2\n",
            [
                "1: conn net: left= is missing",
                "2: left begins at the margin; parameters of a section have white space before them",
            ]
        ),
        // A section's name forgotten
        (
            "conn\n\tleft=192.0.2.1\n\tright=192.0.2.2\n",
            [
                "1: conn without a name"
            ]
        ),
        // A name with a blank
        (
            "conn home office\n\tleft=192.0.2.1\n",
            [
                "1: a conn has one name, without white space"
            ]
        ),
        // A name with a sign
        (
            "conn home&office\n\tleft=192.0.2.1\n",
            [
                "1: home&office is no name for a conn; expected a letter or a digit, then letters, digits, dots, hyphens and underscores"
            ]
        ),
        // A conn copied and not renamed
        (
            least + "conn net\n\tleft=192.0.2.1\n\tright=192.0.2.2\n\tauthby=secret\n",
            [
                "5: conn net is here a second time, after /etc/ipsec.conf:1; neither is used"
            ]
        ),
        // Conn %default at the end, with a mistake
        (
            least + "conn %default\n\tkeyingtrys=1\n",
            [
                "1: conn net: conn %default, on which it builds, has errors",
                "6: keyingtrys= is not known; did you mean keyingtries=?",
            ]
        ),
        // Config setup twice
        (
            "config setup\n\tuniqueids=no\n" + least + "config setup\n\thidetos=no\n",
            [
                "7: config setup is here a second time; its parameters belong in the first"
            ]
        ),
        // Config without setup
        (
            "config\n\tuniqueids=no\n",
            [
                "1: expected config setup"
            ]
        ),
        // A setup parameter in a conn
        (
            least + "\tinterfaces=%defaultroute\n",
            [
                "5: interfaces= belongs in config setup, not into a conn"
            ]
        ),
        // A conn parameter in setup
        (
            "config setup\n\tauthby=secret\n",
            [
                "2: authby= belongs in a conn, not into config setup"
            ]
        ),
        // Braces, as the other dialect has them
        (
            "conn net {\n\tleft=192.0.2.1\n}\n",
            [
                "1: a conn has one name, without white space",
                "3: } begins no section; expected conn NAME, config setup or include FILE",
            ]
        ),
        // A colon for the equals sign
        (
            "conn net\n\tleft: 192.0.2.1\n",
            [
                "2: expected name=value; there is no = in this line"
            ]
        ),
        // A comment without white space
        (
            "conn net\n\tleft=192.0.2.1#office\n\tright=192.0.2.2\n\tauthby=secret\n",
            [
                "2: left=192.0.2.1#office: this is neither an address, such as 192.0.2.1, nor a host name, nor %any or "
                    + "%defaultroute"
            ]
        ),
        // A comment in the other language
        (
            "// gateway\n" + least,
            [
                "1: // begins no section; expected conn NAME, config setup or include FILE"
            ]
        ),
        // Quotation marks not closed
        (
            least + "\tleftid=\"@gate\n",
            [
                "5: a quotation mark is not closed on this line"
            ]
        ),
        // Typographic quotation marks
        (
            least + "\tleftid=“@gate”\n",
            [
                "5: leftid=???@gate???: expected an address, @name, user@name, @#hexadecimal or \"C=..., CN=...\""
            ]
        ),
        // Blanks without quotation marks
        (
            least + "\tleftid=C=DE, O=Example\n",
            [
                "5: the value of leftid holds white space; put all of it between quotation marks: leftid=\"...\""
            ]
        ),
        // The secret written here
        (
            least + "\tpsk=hush\n",
            [
                "5: psk= is not known"
            ]
        ),
        // The end misspelt
        (
            "conn net\n\tleft=192.0.2.1\n\trigth=192.0.2.2\n\tauthby=secret\n",
            [
                "1: conn net: right= is missing",
                "3: rigth= is not known; did you mean right=?",
            ]
        ),
        // A parameter misspelt
        (
            least + "\tkeylive=1h\n",
            [
                "5: keylive= is not known; did you mean keylife=?"
            ]
        ),
        // Capital letters, twice
        (
            "conn net\n\tLeft=192.0.2.1\n\tleft=192.0.2.3\n\tright=192.0.2.2\n\tauthby=secret\n",
            [
                "3: left= is here a second time, after line 2 (as Left=)"
            ]
        ),
        // One end forgotten
        (
            "conn net\n\tleft=192.0.2.1\n\tauthby=secret\n\tauto=start\n",
            [
                "1: conn net: right= is missing"
            ]
        ),
        // The same parameter twice
        (
            least + "\tleft=192.0.2.3\n",
            [
                "5: left= is here a second time, after line 2"
            ]
        ),
        // An alias beside its word
        (
            least + "\tkeylife=1h\n\tlifetime=2h\n",
            [
                "6: lifetime= is here a second time, after line 5 (as keylife=)"
            ]
        ),
        // One octet too few
        (
            "conn net\n\tleft=192.0.2\n\tright=192.0.2.2\n\tauthby=secret\n",
            [
                "2: left=192.0.2: this is neither an address, such as 192.0.2.1, nor a host name, nor %any or %defaultroute"
            ]
        ),
        // An octet too large
        (
            "conn net\n\tleft=192.0.2.256\n\tright=192.0.2.2\n\tauthby=secret\n",
            [
                "2: left=192.0.2.256: this is neither an address, such as 192.0.2.1, nor a host name, nor %any or "
                    + "%defaultroute"
            ]
        ),
        // A mask behind a gateway
        (
            "conn net\n\tleft=192.0.2.1/24\n\tright=192.0.2.2\n\tauthby=secret\n",
            [
                "2: left=192.0.2.1/24: a host has no mask; a network goes into leftsubnet= or rightsubnet="
            ]
        ),
        // A network without its mask
        (
            least + "\tleftsubnet=10.0.0.0\n",
            [
                "5: warning: leftsubnet=10.0.0.0: without a mask this is the one machine 10.0.0.0, and no network; a network is such "
                    + "as 10.0.0.0/24"
            ]
        ),
        // A mask too long
        (
            least + "\tleftsubnet=10.0.0.0/33\n",
            [
                "5: leftsubnet=10.0.0.0/33: the mask is a number from 0 to 32, or as in /255.255.255.0"
            ]
        ),
        // A mask with a hole
        (
            least + "\tleftsubnet=10.0.0.0/255.0.255.0\n",
            [
                "5: leftsubnet=10.0.0.0/255.0.255.0: 255.0.255.0 is no mask for this address"
            ]
        ),
        // Several networks in one
        (
            least + "\tleftsubnet=10.1.0.0/16,10.2.0.0/16\n",
            [
                "5: leftsubnet=10.1.0.0/16,10.2.0.0/16: this is one network; several go into leftsubnets={...}"
            ]
        ),
        // One network on both sides
        (
            least + "\tleftsubnet=192.168.1.0/24\n\trightsubnet=192.168.1.0/24\n",
            [
                "1: conn net: leftsubnet= and rightsubnet= are both 192.168.1.0/24; the two sides must differ"
            ]
        ),
        // Both ends the same
        (
            "conn net\n\tleft=192.0.2.1\n\tright=192.0.2.1\n\tauthby=secret\n",
            [
                "1: conn net: left and right are both 192.0.2.1; a tunnel has two ends"
            ]
        ),
        // Both ends at any address
        (
            "conn net\n\tleft=%any\n\tright=%any\n\tauthby=secret\n",
            [
                "1: conn net: left and right are both %any; one end must be this machine"
            ]
        ),
        // Both ends the default route
        (
            "conn net\n\tleft=%defaultroute\n\tright=%defaultroute\n\tauthby=secret\n",
            [
                "1: conn net: left and right are both %defaultroute; only one end is this machine"
            ]
        ),
        // IPv4 on one side and IPv6 on the other
        (
            "conn net\n\tleft=192.0.2.1\n\tright=2001:db8::2\n\tauthby=secret\n",
            [
                "1: conn net: left is IPv4 and right IPv6, or the other way round",
                "1: conn net: its two sides are of different families: 192.0.2.1 and 2001:db8::2; give both a subnet of "
                    + "one family",
            ]
        ),
    ])
    func told(_ text: String, _ expected: [String]) {
        // Warnings about missing features are no errors of the file.
        #expect(ConfigurationTests.told(text).filter { !$0.hasSuffix("does nothing yet") } == expected)
    }
}

import Wire

/// Parameters and values of Openswan, libreswan and strongSwan that Cygnet does not support, with the reasons.
///
/// A harmless one is ignored with a warning, and its conn is used. Any other causes an error, and its conn is left out. A parameter in
/// neither table is unknown. Parameters that only have another name here are aliases in `Vocabulary`.
enum ForeignParameters {
    struct Finding {
        /// Whether the line is ignored and its section is used.
        let isHarmless: Bool
        let reason: Sentence
    }

    /// The rule of a foreign parameter in a section, so that a conn can override `%default`.
    static let rule = ParameterSyntax(
        word: "", scope: .conn, key: .foreign, kind: .special, support: .works, standard: "", words: "", most: 0)

    /// - Parameter name: as written, with its side.
    static func find(_ name: Name, _ value: [UInt8], inSetup: Bool) -> Finding? {
        let word = Vocabulary.normal(name).bytes
        let value = normalValue(value)
        let table = (inSetup ? setup : conn).octets
        let tab = UInt8(ascii: "\t")
        let lineFeed = UInt8(ascii: "\n")
        let blank = UInt8(ascii: " ")
        var index = 0
        while index < table.count {
            let isHarmless = table[index] == UInt8(ascii: "-")
            index += 2
            var fits = false
            while table[index - 1] != tab {
                var end = index
                while table[end] != blank, table[end] != tab { end += 1 }
                if !fits { fits = Self.fits(table[index..<end], word, value) }
                index = end + 1
            }
            var end = index
            while end < table.count, table[end] != lineFeed { end += 1 }
            if fits { return Finding(isHarmless: isHarmless, reason: Sentence(octets: Array(table[index..<end]))) }
            index = end + 1
        }
        return nil
    }

    /// The value in lower case, with `true`, `on` and `1` as `yes` and `false`, `off` and `0` as `no`.
    private static func normalValue(_ value: [UInt8]) -> [UInt8] {
        let value = Name(value).lowercased
        if value == "true" || value == "on" || value == "1" { return ("yes" as StaticString).octets }
        if value == "false" || value == "off" || value == "0" { return ("no" as StaticString).octets }
        return value.bytes
    }

    /// Whether an entry of a table matches a parameter and its value. An entry without values matches all.
    private static func fits(_ entry: ArraySlice<UInt8>, _ word: [UInt8], _ value: [UInt8]) -> Bool {
        let end = entry.firstIndex(of: UInt8(ascii: "=")) ?? entry.endIndex
        var name = entry[..<end]
        var bare = word[...]
        if name.first == UInt8(ascii: "~") {
            name = name.dropFirst()
            if isWord(word.prefix(4), "left") {
                bare = word.dropFirst(4)
            } else if isWord(word.prefix(5), "right") {
                bare = word.dropFirst(5)
            } else {
                return false
            }
        }
        guard bare.elementsEqual(name) || name.last == UInt8(ascii: "*") && bare.starts(with: name.dropLast()) else { return false }
        guard end < entry.endIndex else { return true }
        return entry[(end + 1)...].split(separator: UInt8(ascii: ",")).contains { PathPattern.matches(Array($0), value) }
    }

    // MARK: The tables
    //
    // A line: `-` for what is harmless or `!` for what is left out; the words, with `~` for left and right before them and the
    // values, if not all of them, behind; a tab; the reason. The first line that fits counts. A hyphen in a word is an underscore,
    // `on`, `true` and `1` are yes, and `off`, `false` and `0` are no.

    static let setup: StaticString = """
        - oe drop_oppo_null opportunistic packetdefault\tthere is no opportunistic encryption, which this switches off or shapes
        - nhelpers plutofork seccomp seedbits statsbin curl_iface curl_timeout myvendorid\tthis is about how pluto works within
        - logtime logappend logip plutostderrlogtime perpeerlog perpeerlogdir audit_log\tevery line of the log has its time, and is appended
        - charondebug debug\tthis is charon's or pluto's; plutodebug= and klipsdebug= say what the log tells
        - charonstart plutostart=yes,no\tthis is strongSwan's; there is one daemon, which 'ipsec setup start' starts
        - ikev1_policy=accept\tIKEv1 is what Cygnet speaks
        ! ikev1_policy\tthis forbids IKEv1, and Cygnet has IKEv1 only
        - ddos_mode ddos_ike_threshold ddos_ike_treshold force_busy max_halfopen_ike\tmaxhalfopen= is what bounds strangers here
        - ikeport=500 nat_ikeport=4500 listen_udp=yes listen_tcp=no disable_port_floating=no\tthis is what Cygnet does
        ! ikeport nat_ikeport listen_udp listen_tcp disable_port_floating\tIKE has the UDP ports 500 and 4500
        - ike_socket_bufsize ike_socket_errqueue xfrmlifetime shuntlifetime nflog_all\tthe buffers and times of the kernel are Cygnet's choice
        - ipsecdir nssdir secretsfile\tthe secrets are in ipsec.secrets, and the certificates in ipsec.d, beside ipsec.conf
        - dnssec_enable dnssec_rootkey_file dnssec_anchors\tCygnet validates no answer of the DNS: a validating resolver does
        - cachecrls\tnothing is fetched: revocation lists are files in ipsec.d/crls
        - ocsp_strict=no ocsp_enable=no\tthere is no OCSP
        ! ocsp_strict=yes\tthere is no OCSP: expected a list in ipsec.d/crls and strictcrlpolicy=yes
        - ocsp_enable ocsp_strict ocsp_uri ocsp_timeout ocsp_trustname ocsp_trust_name\tthere is no OCSP: put a list into ipsec.d/crls
        - ocsp_cache_size ocsp_cache_min_age ocsp_cache_max_age ocsp_method\tthere is no OCSP: put a list into ipsec.d/crls
        - strictcrlpolicy=ifuri\tno list is fetched: strictcrlpolicy=yes asks for one in ipsec.d/crls
        - uniqueids=keep\tthe newer connection takes the place of the older one, as with uniqueids=yes
        - pkcs11module pkcs11initargs pkcs11keepstate pkcs11proxy\tthere are no smartcards
        - secctx_attr_value secctx_attr_type ikev1_secctx_attr_type\tthere is no labeled IPsec
        - global_redirect global_redirect_to\tthis is IKEv2's
        - protostack=mast,bsd,bsdkame,kame,none,win2k\tthis is another kernel's; auto is used
        - plutobackgroundload no_eroute_pass\tFreeS/WAN itself dropped this
        """

    static let conn: StaticString = """
        - ikev2=no,never,permit\tIKEv1 is what Cygnet speaks
        ! aggrmode=yes aggressive=yes\tCygnet has no Aggressive Mode, which shows the hash of the secret to anyone
        ! auth=ah ah ahkey ahreplay_window ~ahkey ~ahspi\tCygnet has no AH: there are no unencrypted tunnels; use esp=
        ! ikev2 keyexchange=ikev2 ~authby authby=rsa_sha*,rsa-sha* mediation=yes mediated_by me_peerid enable_tcp=yes\tthis is IKEv2, and Cygnet has IKEv1 only
        ! eap eap_identity aaa_identity ~autheap ~auth=*eap* ~auth2=*eap* authby=*eap*\tEAP is IKEv2's, and Cygnet has IKEv1 only
        - mobike narrowing reauth ppk ppk_ids intermediate mediation tcp_remoteport enable_tcp pam_authorize=no\tthis is IKEv2's
        - iptfs iptfs_* accept_redirect accept_redirect_to send_redirect redirect_to ms_dh_downgrade pfs_rekey_workaround\tthis is IKEv2's
        - xauth=no ~xauthserver=no ~xauthclient=no ~modecfgserver=no ~modecfgclient=no\tthis is what Cygnet does
        ! xauth xauthby xauthfail xauth_identity ~xauthserver ~xauthclient ~xauthname ~xauthusername ~username\tCygnet has no XAUTH
        ! ~auth=*xauth* ~auth2=*xauth* authby=*xauth* pam_authorize\tCygnet has no XAUTH
        ! ~modecfgserver ~modecfgclient ~addresspool ~sourceip=%*,*/*,*-* ~dns\tCygnet has no Mode Config
        - modeconfig modecfgpull modecfg* ignore_peer_dns\tthere is no Mode Config
        ! phase2=ah,ah+esp\tCygnet has no AH
        - phase2\tESP is what there is
        - installpolicy=yes\tthis is what Cygnet does
        ! installpolicy\tthe policies are what holds traffic back until it is encrypted
        ! ~id2 ~cert2 ~ca2 ~auth2\ta second authentication is IKEv2's, and Cygnet has IKEv1 only
        ! ~groups ~groups2 ~certpolicy\tCygnet reads no groups and no policies in certificates; rightca= and rightid= say whose are taken
        ! ~ecdsakey authby=*ecdsa* ~auth=*ecdsa*\tCygnet signs with RSA only
        ! authby=*null*\tCygnet has no opportunistic encryption
        - ~ikeport=500\tthis is what Cygnet does
        ! ~ikeport\tIKE has the UDP ports 500 and 4500
        ! mark mark_in mark_out vti_interface ipsec_interface ~vti ~interface_ip if_id*\tCygnet has no marks and no devices for single conns; what goes into a tunnel is what its subnets say
        - vti_routing vti_shared\tthere are no devices for single conns
        - labeled_ipsec=no loopback=no ~cat=no\tthis is what Cygnet does
        ! labeled_ipsec loopback policy_label sec_label\tCygnet has no labeled IPsec
        ! ~cat ~natip\tCygnet changes no addresses of clients
        ! ~subnetwithin\tfor a peer's choice of networks write a list such as vnet:%v4:10.0.0.0/8 after leftsubnet= or rightsubnet=
        ! type=transport_proxy,beet\tCygnet has tunnel and transport mode
        ! keyexchange=*\tthis is no version of IKE that Cygnet has: it has IKEv1 only
        - retransmit_timeout retransmit_interval retransmit_tries\tmessages are sent again after 1, 2, 4, 8 and 15 seconds; keyingtries= says how often all of it begins anew
        - sha2_truncbug sha256_96\tHMAC-SHA-256 has 128 bits (RFC 4868); where the peer cuts it to 96, write another hash after esp=
        - overlapip\ttwo peers with one network behind them are told apart by their conns, or refused
        - closeaction\twhat the peer deletes is negotiated anew when there is traffic for it
        - inactivity\tan idle tunnel stays
        - lifebytes marginbytes lifepackets marginpackets ipsec_max_bytes ipsec_max_packets\tkeys end by time, and before their numbers run out
        - initial_contact\tthe first message to a peer says so by itself
        - cisco_unity send_vendorid fake_strongswan remote_peer_type ikepad ikedscp\tthis changes nothing that a peer depends upon
        - nat_ikev1_method nat_keepalive\tNAT traversal is that of RFC 3947; keep_alive= in config setup says how often
        - connaddrfamily hostaddrfamily clientaddrfamily\tthe addresses say it
        - replay_window\tthe window has 64 packets
        - metric priority\tthe routes of tunnels are in a table of their own, the longest prefix first
        - reqid nflog nic_offload sareftrack sharedmark nm_configured hw_offload\tthis is about the kernel's side, which Cygnet arranges by itself
        - tfc send_no_esp_tfc nopmtudisc decap_dscp encap_dscp copy_dscp\tpackets are padded and marked as RFC 4301 says; hidetos= is in config setup
        - negotiationshunt=hold,drop\tthis is what Cygnet does
        - negotiationshunt\twhile a tunnel is negotiated its traffic waits or is dropped
        - failureshunt=hold\tthis is what failureshunt=none does
        - sendca require_id_on_certificate dns_match_id\ta certificate has to name its ID, and is sent with the chain that there is
        - ~ckaid\tthe private key is found in ipsec.secrets by the ID
        - ~allowany\twhere a peer may come from anywhere write %any; a peer's host name is looked up again at every attempt
        - ~groundhog connalias debug plutodebug\tthis changes nothing for the connection
        """
}

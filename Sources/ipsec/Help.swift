import Linux
import Wire

/// `ipsec help [COMMAND]`: enough to work by, on a router without a manual and without the Internet.
enum Help {
    static func overview() { StandardStream.output.write("\(overviewText)") }

    static func run(_ words: [Name]) -> Int32 {
        guard let topic = words.first else {
            overview()
            return 0
        }
        for page in pages where page.topic == topic {
            StandardStream.output.write("\(page.text)")
            return 0
        }
        complain("no help on '\(topic)': expected a command, keys, ipsec.conf or ipsec.secrets")
        return 2
    }

    static func has(_ topic: Name) -> Bool { pages.contains { $0.topic == topic } }

    private static var pages: [(topic: Name, text: StaticString)] {
        [
            ("setup", setupText), ("auto", autoText), ("manual", manualText), ("status", statusText),
            ("metrics", statusText), ("keys", keysText),
            ("ranbits", keysText), ("rsasigkey", keysText), ("newhostkey", keysText), ("showhostkey", keysText),
            ("checkconf", checkText), ("showconf", checkText), ("ipsec.conf", configurationText), ("look", lookText), ("eroute", lookText),
            ("spi", lookText), ("verify", lookText), ("barf", lookText), ("hotplug", hotplugText),
            ("ipsec.secrets", secretsText), ("console", consoleText), ("help", overviewText), ("version", overviewText),
        ]
    }

    private static let overviewText: StaticString = """
        Cygnet, an IPsec gateway.

          ipsec console                            configure and control it from a terminal: '?' shows what can follow
          ipsec setup start|stop|restart|status    start and stop it
          ipsec setup reload                       put changes of ipsec.conf and keys in force
          ipsec auto --up NAME                     bring up a connection and print each step
          ipsec auto --down NAME                   take it down; its traffic is dropped
          ipsec auto --status                      all connections and states
          ipsec manual --up|--down NAME            a connection with manual keying
          ipsec status [--json]                    the state of each connection
          ipsec metrics                            figures for Prometheus
          ipsec verify                             check this installation, and say what to correct
          ipsec verify --json                      the same for a program
          ipsec watch [--json]                     the log as it grows, for a person or a program
          ipsec verify --host HOST                 check a host's records in the DNS
          ipsec look | eroute | spi                eroutes, SAs and routes in force
          ipsec barf                               all that a bug report needs, without secrets
          ipsec checkconf [FILE]                   errors and warnings of the configuration
          ipsec showconf [NAME ...]                connections with all defaults
          ipsec newhostkey --output FILE           make an RSA key for ipsec.secrets
          ipsec showhostkey --left                 its public half, for the other gateway's ipsec.conf
          ipsec ranbits N | rsasigkey BITS         random bits; an RSA key on standard output
          ipsec hotplug                            for hooks, when an interface appears or disappears
          ipsec help TOPIC                         any of these commands, or keys, ipsec.conf, ipsec.secrets
          ipsec --version

        Connections are described in /etc/ipsec.conf, their secrets in /etc/ipsec.secrets. IPSEC_CONFS names another
        folder for the two, IPSEC_RUNDIR (/var/run/pluto) one for the daemon's own files.

        """

    private static let consoleText: StaticString = """
        ipsec console [columns N] [lines N] [echo on|off]
            Reads commands from a terminal: '?' shows what can follow, Tab completes it. If standard input is not a terminal, it
            reads one command a line, prints no prompts, and exits with the status of the last command that failed. Each verb is a
            command of ipsec as well: 'ipsec up home'. Called ipsec-console, or with a '-' before its name, it is a login shell.

        show TOPIC                status, connections, interfaces, counters, memory, log, configuration, changes, secrets
        up|down|route|unroute NAME
        ping HOST [from ADDRESS] [count N]
        watch                     the status, then every line of the log, until a key is pressed
        edit NAME                 edits a conn, or a new one; %default is conn %default, %setup is config setup
        set NAME=VALUE ...        unset NAME, end, delete CONN; lines of ipsec.conf can be pasted
        secret [ID ID]            prompts for a pre-shared key and writes it to ipsec.secrets
        compare, check            the changes; their errors and warnings
        commit                    writes ipsec.conf and puts it in force: only changed conns are negotiated again
        commit confirm MINUTES    restores the former file unless 'confirm' follows in time: also if the line drops, IPsec is
                                  restarted, or the power fails
        discard                   discards the changes
        terminal columns N lines N echo on|off
        shell, exit

        """

    private static let manualText: StaticString = """
        ipsec manual --up NAME
            Routes a connection and installs its keys from ipsec.conf: auto=manual, spi= (0x100 to 0xfff) or spibase=,
            esp=, espenckey=, espauthkey=. The peer does the same, without IKE. manualstart= in config setup does it at
            the start.
        ipsec manual --down NAME
            Removes the keys. The connection stays routed, and its traffic is dropped.
        ipsec manual --route NAME
        ipsec manual --unroute NAME
            --route drops its traffic until it is up; --unroute lets its traffic leave in the clear.
        --showonly only prints the connection, and --show prints it first, both without its keys.

        """

    private static let setupText: StaticString = """
        ipsec setup start [--nofork]
            Reads ipsec.conf and ipsec.secrets, starts the daemon, and loads, routes or brings up connections as auto= says.
            The daemon logs to syslog; with --nofork it stays in the foreground and logs to standard error. Errors in the
            files are printed. A conn with an error is not loaded; the others are.
        ipsec setup stop
            Ends every tunnel, tells the peers, and removes Cygnet's policies and routes from the kernel. From then on traffic
            leaves in the clear. After a crash it removes what the daemon left.
        ipsec setup restart
            Stops and starts the daemon. Traffic of routed connections is held meanwhile: nothing leaves in the clear.
        ipsec setup reload
            Reads ipsec.conf, keys and certificates again. Changed conns are negotiated again. Conns that the file no longer has
            are deleted and unrouted: their traffic leaves in the clear. The others keep their tunnels. A conn with an error
            stays in force as it was, and no conn is deleted while the file has any error; the exit status is then 1. Changes
            of config setup take effect at the next restart.
        ipsec setup status
            Prints 'IPsec running' and the process ID, or 'IPsec stopped'; exits 1 if the daemon crashed or does not answer.

        TERM and INT end the daemon; traffic of routed connections stays held. HUP has ipsec.secrets read again.

        """

    private static let autoText: StaticString = """
        ipsec auto --add NAME        loads a conn of ipsec.conf, so that its peer may bring it up
        ipsec auto --delete NAME     takes it down, unroutes and deletes it
        ipsec auto --replace NAME    loads it again; a routed connection stays routed
        ipsec auto --route NAME      from now on its traffic is encrypted or dropped; the first packet brings it up
        ipsec auto --unroute NAME    its traffic leaves in the clear again (not while it is up)
        ipsec auto --up NAME         routes it, negotiates, and prints each step; exits 0 when the tunnel is up and 1 if
                                     the first attempt fails (the daemon goes on trying, keyingtries= times)
             --asynchronous          does not wait
                                     The NAME of a conn with leftsubnets= or rightsubnets= stands for all its pairs, NAME/1x2 for one
        ipsec auto --down NAME       ends the tunnel; the connection stays routed, and its traffic is dropped
        ipsec auto --status          all connections and states
        ipsec auto --ready           reads interfaces, addresses and routes again
        ipsec auto --rereadsecrets   reads ipsec.secrets and ipsec.d again; so does --rereadall
        ipsec auto --rereadgroups    reads the policy groups (ipsec.d/policies) again, and applies what changed
        ipsec auto --listpubkeys     RSA keys; --listcerts, --listcacerts and --listcrls: certificates,
                                     certification authorities, certificate revocation lists
        ipsec auto --showonly --up NAME
                                     only prints the connection, with all defaults: see 'ipsec help checkconf'

        Lines are numbered: 000 information, 002 log, 003 warning, 004 success, 010 retransmission, 02x and 03x failure,
        1xx a state reached, 2xx a notification of the peer. ipsec(8) explains the codes in brackets.

        """

    private static let keysText: StaticString = """
        ipsec newhostkey --output FILE [--bits N] [--hostname NAME]
            Makes an RSA key in the form of ipsec.secrets, by default of 2192 bits, and appends it to FILE. Only root may then read
            FILE. - is standard output.
        ipsec rsasigkey BITS [--pem] [--hostname NAME]
            Makes an RSA key and prints what belongs between the braces of ': RSA { }', or with --pem a PEM file.
        ipsec showhostkey [--left|--right|--key|--txt GATEWAY|--ipseckey] [--gateway GATEWAY] [--precedence N] [--id ID] [--file FILE]
            Prints the public half of the key in ipsec.secrets (or FILE): a line for the peer's ipsec.conf, or a DNS record. GATEWAY
            is an address, or @ and a host name; N is 0 to 255 and belongs to --ipseckey, as --gateway does.
        ipsec ranbits [--quick] [--continuous] [--bytes] N
            Prints N random bits, or octets, in hexadecimal: a secret after ': PSK', or a key for manual keying. --continuous
            omits the underscores. --quick has no effect.

        Dots show progress. If a command is interrupted, it writes no key.

        """

    private static let statusText: StaticString = """
        ipsec status           each connection in two or three lines: up, negotiating, routed or down
        ipsec status --json    the same for a program, and every state
        ipsec metrics          figures for Prometheus

        """

    private static let hotplugText: StaticString = """
        ipsec hotplug [--up|--down] [ARGUMENT ...]
            For hooks, one line in each: ipsec hotplug "$@". --up or --down is needed only if the caller does not say it: in
            ppp's ip-up.d and ip-down.d, and in PCMCIA's start_fn and stop_fn. ifupdown, OpenWrt and udev say it in the
            environment. The daemon follows interfaces, addresses and default routes by itself: it negotiates again the
            connections whose local address or next hop changed, and holds their traffic meanwhile. This command has it look
            at once. If IPsec does not run, it does nothing, or starts IPsec if 'config setup' has hotplugstart=yes.

        """

    private static let lookText: StaticString = """
        ipsec eroute    what happens to which packets, and their number: an SA's name (esp0x<SPI>@<peer>), %trap (the first
                        packet brings the tunnel up), %hold (dropped), %pass, %drop or %reject
        ipsec spi       every SA: its algorithms, direction, connection, octets and packets
        ipsec look      both, and the kernel's rules, routes and policies; these also if IPsec does not run
        ipsec verify    checks files, kernel, ports, forwarding, interfaces, routing rules and firewall: [OK], [WARNING] or
                        [FAILED], with what to do; exits 1 if a check failed. With --host NAME or --host ADDRESS it looks in
                        the DNS for the TXT records of that host and its gateways: [OK] or [MISSING]
        ipsec barf      all of these, the configuration with all defaults, and the latest lines of the log, for a bug report.
                        It contains no secret

        """

    private static let checkText: StaticString = """
        ipsec checkconf            reads ipsec.conf, ipsec.secrets and the files that they include, and prints every error and
                                   warning with its file and line; exits 1 if there is an error
        ipsec checkconf FILE       the same for another ipsec.conf, without secrets
        ipsec showconf [NAME ...]  connections in the form of ipsec.conf, with all parameters from also=, conn %default and
                                   defaults; without a name, every connection
             --keys                prints manual keys as well: keep the output secret
        ipsec auto --showonly [--config FILE] --up NAME
                                   only prints the connection

        None of them needs a daemon or changes anything.

        """

    private static let configurationText: StaticString = """
        /etc/ipsec.conf: 'config setup', and a section for each connection. Parameters are indented.

        conn home-office
            left=192.1.2.45            one gateway: an address, or %defaultroute for this one's
            leftsubnet=192.0.1.0/24    the network behind it; without it, the gateway alone
            right=192.1.2.23           the other gateway
            rightsubnet=192.0.2.0/24
            authby=secret              a pre-shared key from ipsec.secrets
            auto=start                 or add (answer only), route (bring up on traffic), ignore

        Cygnet finds by its addresses which end it is, so both gateways may use the same file.

        Further parameters: leftid= rightid= (@name, user@name, @#hex, an address, "C=DE, CN=gate", %any), leftnexthop=, leftsourceip=,
        leftprotoport= (tcp/ssh, 17/1701), ike= and esp= (aes128-sha256-modp2048, aes256gcm16; several with commas; without a hash
        sha256, sha512 and sha1), pfs=yes|no, pfsgroup=,
        esn=accept|no|yes|either (64-bit sequence numbers; or esp=aes128gcm16-esn), keylife= ikelifetime= (30m, 8h),
        keyingtries= (%forever), type=tunnel|transport, also=CONN, alsoflip=CONN (left and right exchanged), and
        conn %default for all of them. include FILE takes wildcards.
        leftsubnets={10.1.0.0/24 10.2.0.0/24}: several networks; every pair of a left and a right one is a connection, NAME/1x2,
        and NAME stands for all of them. forceencaps=yes or encapsulation=yes|no: ESP in UDP although there is no NAT, or never.
        fragmentation=yes|no|force|accept (IKE messages of more than fragmentsize= octets in fragments of their own).
        leftauth=psk|pubkey is strongSwan's authby=. Case does not matter, and - is the same as _; true, on, false and off are
        yes and no; auto=ondemand is route.
        right=%any is a peer with any address: with rightsubnet= (an address of the LAN, for example) or its own address.
        type=passthrough, drop, reject: the traffic of that conn leaves in the clear, is dropped, or is answered with an error.
        failureshunt= does the same for a conn whose negotiation failed for good. disablearrivalcheck=yes accepts every packet
        from its tunnel.
        type=passthrough with one network at both ends exempts that network from a tunnel for all traffic (rightsubnet=0.0.0.0/0).
        leftfirewall=yes has nftables or iptables accept the tunnel's traffic without masquerading while it is routed, and reduces
        TCP's maximum segment size to fit; with it, lefthostaccess=yes accepts traffic for the gateway itself.
        rightprotoport=17/%any lets a peer choose one port: for L2TP clients, with type=transport and leftprotoport=17/1701.
        rightsubnet=vhost:%no,%priv lets a right=%any choose its address within virtual_private=%v4:10.0.0.0/8,%v4:!10.1.0.0/16.
        leftupdown= is a command and its words, run without a shell for prepare, route, up, down and unroute.
        rekey=yes|no, rekeymargin= (9m before the end of a key's life), rekeyfuzz= (and up to 100% more, at random).
        dpddelay= (0, never: seconds of silence after which DPD asks the peer), dpdtimeout= (120: seconds until the peer is dead), and
        dpdaction=hold (its traffic is held), restart (negotiate again; restart_by_peer: all conns with that peer), clear
        (unroute: its traffic leaves in the clear) or none (no DPD).
        authby=rsasig, the default, needs keys: leftrsasigkey=0s... as 'ipsec showhostkey --left' prints it at that end
        (leftrsasigkey2= while one key replaces another), or leftcert=FILE, a certificate in /etc/ipsec.d/certs, with the
        authorities in cacerts, revocation lists in crls, and private keys in private (': RSA FILE' in ipsec.secrets).
        rightrsasigkey=%cert accepts the peer's certificate, rightca= names its authority, leftsendcert=always|ifasked|never.
        rightrsasigkey=%dnsondemand asks the DNS for the keys of rightid= in each Main Mode, %dnsonload when the conn is added.
        config setup: interfaces= ("ipsec0=eth0 ipsec1=ppp0"; %defaultroute, the default; %none), protostack=auto|netkey|klips,
        plutoload= plutostart= manualstart= (names of connections to load, bring up, bring up with manual keying), plutowait=yes
        (one after the other), pluto=no (no IKE), prepluto= postpluto= (commands), forwardcontrol=yes, rp_filter=0|1|2, hidetos=no,
        overridemtu=, fragicmp=no, pmtudisc=copy|set (the outer DF; clear by default; also in a conn), uniqueids=no, virtual_private=, nat_traversal=no, keep_alive= (20 s), force_keepalive=yes, listen=, myid=,
        strictcrlpolicy=yes, crlcheckinterval=, hotplugstart=yes, maxconns= maxstates= maxhalfopen=.
        syslog=daemon.error is facility and priority of setup's messages; plutostderrlog=FILE receives the others; plutodebug= and
        klipsdebug= (all, or raw control dns klips and others) add debugging messages; dumpdir= enables core dumps.
        Every other parameter of FreeS/WAN is accepted; 'ipsec checkconf' names those that have no effect.

        """

    private static let secretsText: StaticString = """
        /etc/ipsec.secrets, owned by root, mode 600. A line holds indices, a colon and a secret.

        192.1.2.45 192.1.2.23 : PSK "something long and hard to guess"
        @home @office         : PSK 0x0123456789abcdef0123456789abcdef
        : PSK "for everybody else"

        : RSA gate.pem "passphrase"

        Indices: addresses, @names, user@names, or %any. A line that names both ends is preferred, then one that names this end.
        PSK: text in quotes, 0x and hexadecimal, 0s and base 64, 0t and text. RSA: a file in /etc/ipsec.d/private, or the key
        that 'ipsec newhostkey' makes, between braces. All peers with unknown addresses share one PSK: use RSA keys for them.
        include FILE takes wildcards. 'ipsec auto --rereadsecrets' has the file read again.

        """
}

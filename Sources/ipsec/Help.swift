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
        if Grammar.verb(topic) != nil { return run(["console"]) }
        complain("no help on '\(topic)': there is help on every command, and on keys, ipsec.conf and ipsec.secrets")
        return 2
    }

    static let topics: [Name] = [
        "console", "setup", "auto", "manual", "status", "look", "keys", "ipsec.conf", "ipsec.secrets", "checkconf", "hotplug",
    ]

    private static var pages: [(topic: Name, text: StaticString)] {
        [
            ("setup", setupText), ("auto", autoText), ("manual", manualText), ("status", statusText), ("keys", keysText),
            ("ranbits", keysText), ("rsasigkey", keysText), ("newhostkey", keysText), ("showhostkey", keysText),
            ("checkconf", checkText), ("showconf", checkText), ("ipsec.conf", configurationText), ("look", lookText), ("eroute", lookText),
            ("spi", lookText), ("verify", lookText), ("barf", lookText), ("hotplug", hotplugText),
            ("ipsec.secrets", secretsText), ("console", consoleText), ("help", overviewText), ("version", overviewText),
        ]
    }

    private static let overviewText: StaticString = """
        Cygnet, an IPsec gateway.

          ipsec console                            all of it from a terminal: '?' shows what can be typed
          ipsec setup start|stop|restart|status    start and stop it
          ipsec setup reload                       put in force what changed in ipsec.conf and the keys
          ipsec auto --up NAME                     bring up a connection, and show how it goes
          ipsec auto --down NAME                   take it down; its traffic is dropped
          ipsec auto --status                      what there is, in full
          ipsec manual --up|--down NAME            a connection whose keys stand in ipsec.conf
          ipsec status [--json]                    what is up
          ipsec verify                             whether this installation can work, and what to do where it cannot
          ipsec look | eroute | spi                eroutes, SAs and routes in force
          ipsec barf                               everything for a bug report, without secrets
          ipsec checkconf [FILE]                   what is wrong with the configuration
          ipsec showconf [NAME ...]                connections as they are understood
          ipsec newhostkey --output FILE           make an RSA key for ipsec.secrets
          ipsec showhostkey --left                 its public half, for the other gateway's ipsec.conf
          ipsec ranbits N | rsasigkey BITS         random bits; an RSA key on standard output
          ipsec hotplug                            what hooks call when an interface comes or goes
          ipsec help TOPIC                         any of these commands, or keys, ipsec.conf, ipsec.secrets
          ipsec --version

        Connections are described in /etc/ipsec.conf, their secrets in /etc/ipsec.secrets. IPSEC_CONFS names another
        folder for the two, IPSEC_RUNDIR (/var/run/pluto) one for the daemon's own files.

        """

    private static let consoleText: StaticString = """
        ipsec console [columns N] [lines N] [echo on|off]
            Commands from a terminal: '?' shows what can come next, Tab completes it. Without a terminal on standard input, a
            command a line, no prompts, and the exit code of the last one that failed. Each of them is a command of ipsec's too,
            as in 'ipsec up home'. It is a login shell where it is called ipsec-console, or with a '-' before its name.

        show TOPIC                status, connections, interfaces, counters, memory, log, configuration, changes, secrets
        up|down|route|unroute NAME
        ping HOST [from ADDRESS] [count N]
        watch                     what happens, until a key is pressed
        edit NAME                 begins to change a conn, or a new one; %default; %setup is config setup
        set NAME=VALUE ...        unset NAME, end, delete CONN; lines of ipsec.conf can be pasted
        secret [ID ID]            asks for a pre-shared key and puts it into ipsec.secrets
        compare, check            what is changed, and what is wrong with it
        commit                    writes ipsec.conf and puts it in force: only conns that changed are made anew
        commit confirm MINUTES    goes back by itself unless 'confirm' comes in time: also when the line drops, IPsec is
                                  restarted, or the power was cut
        discard                   throws the changes away
        terminal columns N lines N echo on|off
        shell, exit

        """

    private static let manualText: StaticString = """
        ipsec manual --up NAME
            Routes a connection and installs the keys that ipsec.conf has for it: auto=manual, spi= (0x100 to 0xfff) or spibase=,
            esp=, espenckey=, espauthkey=. The far end does the same; no IKE is spoken. manualstart= in config setup does it at
            the start.
        ipsec manual --down NAME
            Removes the keys. The route stays, and traffic is dropped.
        ipsec manual --route NAME
        ipsec manual --unroute NAME
            Drops its traffic until it is up; lets it go in the clear.
        --showonly prints the connection instead, and --show before; the keys are left out.

        """

    private static let setupText: StaticString = """
        ipsec setup start [--nofork]
            Reads ipsec.conf and ipsec.secrets, starts the daemon, and brings up what auto= says. It logs to syslog; with
            --nofork it stays in front and logs to standard error. Errors in the files are printed; a conn that has one is
            left out, the others work.
        ipsec setup stop
            Ends every tunnel, tells the peers, and takes every policy and route out of the kernel: from then on traffic
            goes in the clear. After a crash it lets go of what the crash left.
        ipsec setup restart
            Ends and starts anew. What was routed stays held meanwhile: nothing leaves in the clear.
        ipsec setup reload
            Reads ipsec.conf, keys and certificates again. Conns that changed are made anew, those that are gone are deleted
            and unrouted (their traffic goes in the clear), the others keep their tunnels. A conn with a mistake stays as it
            was, and while there is any error none is deleted; it exits 1 when one stays for that. What config setup says takes
            a restart.
        ipsec setup status
            Prints 'IPsec running' and the process, or 'IPsec stopped'; exits 1 when it crashed or does not answer.

        A signal (TERM, INT) ends the daemon as restart does: what was routed stays held. HUP reads ipsec.secrets anew.

        """

    private static let autoText: StaticString = """
        ipsec auto --add NAME        reads a conn of ipsec.conf, so that a peer may bring it up
        ipsec auto --delete NAME     takes it down, unroutes it, forgets it
        ipsec auto --replace NAME    reads it anew; what was routed stays routed
        ipsec auto --route NAME      from now on its traffic is encrypted or dropped; the first packet brings it up
        ipsec auto --unroute NAME    its traffic goes in the clear again (not while it is up)
        ipsec auto --up NAME         routes it and negotiates; prints each step, exits 0 when the tunnel stands and 1 when
                                     the first attempt failed (the daemon goes on trying, keyingtries= times)
             --asynchronous          does not wait
                                     The NAME of a conn with leftsubnets= or rightsubnets= stands for all its pairs, NAME/1x2 for one
        ipsec auto --down NAME       ends the tunnel; the route stays, and the traffic is dropped
        ipsec auto --status          all connections and states
        ipsec auto --ready           looks at the interfaces again
        ipsec auto --rereadsecrets   reads ipsec.secrets and all of ipsec.d anew; so does --rereadall
        ipsec auto --listpubkeys     RSA keys that are known; --listcerts, --listcacerts and --listcrls: certificates,
                                     authorities, and lists of what is revoked
        ipsec auto --showonly --up NAME
                                     shows the connection as it is understood, and does nothing: see 'ipsec help checkconf'

        Lines are numbered: 000 information, 002 log, 003 warning, 004 success, 010 retransmission, 02x and 03x failure,
        1xx a state reached, 2xx what the peer notified.

        """

    private static let keysText: StaticString = """
        ipsec newhostkey --output FILE [--bits N] [--hostname NAME]
            Makes an RSA key in the form of ipsec.secrets, 2192 bits unless you say otherwise, and writes it into FILE, which
            becomes root's alone; a file that is there keeps what it has. - is standard output.
        ipsec rsasigkey BITS [--pem] [--hostname NAME]
            Makes one and prints what stands between the braces of ': RSA { }', or with --pem a file as OpenSSL has it.
        ipsec showhostkey [--left|--right|--key|--txt GATEWAY] [--id ID] [--file FILE]
            The public half of the key in ipsec.secrets (or FILE): a line for a peer's ipsec.conf, or a record for the DNS.
        ipsec ranbits [--quick] [--continuous] [--bytes] N
            N random bits, or octets, in hexadecimal: a secret after ': PSK', or a key for manual keying. --continuous leaves
            out the _ in it, and --quick is always so.

        Dots show that it goes on. Interrupted, it leaves nothing behind.

        """

    private static let statusText: StaticString = """
        ipsec status           each connection in two or three lines: up, negotiating, routed or down
        ipsec status --json    the same for a program, and every state

        """

    private static let hotplugText: StaticString = """
        ipsec hotplug [--up|--down] [ARGUMENT ...]
            For hooks, one line in each: ipsec hotplug "$@". --up or --down only where the caller does not say it: in ppp's
            ip-up.d and ip-down.d, and PCMCIA's start_fn and stop_fn. ifupdown, OpenWrt and udev say it in the environment.
            The running gateway sees interfaces, addresses and default routes come and go by itself; connections whose end
            here became another are made anew, the others are left alone, and traffic is held meanwhile. This has it look at
            once. Where IPsec does not run it does nothing, unless 'config setup' says hotplugstart=yes: then it starts it.

        """

    private static let lookText: StaticString = """
        ipsec eroute    what becomes of which packets, and how many went that way: an SA's name (esp0x<SPI>@<peer>), %trap (the
                        first packet brings the tunnel up), %hold (dropped), %pass, %drop or %reject
        ipsec spi       every SA: its algorithms, direction, connection, octets and packets
        ipsec look      both, and the kernel's rules, routes and policies; those also when IPsec does not run
        ipsec verify    looks at files, kernel, ports, forwarding, interfaces, routing rules and firewall: [OK], [WARNING] or
                        [FAILED] with what to do; exits 1 when something failed
        ipsec barf      all of these, the configuration as it is understood and the latest lines of the log, for a bug report.
                        No secret is in it

        """

    private static let checkText: StaticString = """
        ipsec checkconf            reads ipsec.conf, ipsec.secrets and all they include, and prints every error and warning
                                   with its file and line; exits 1 when there is an error
        ipsec checkconf FILE       the same for another ipsec.conf, without secrets
        ipsec showconf [NAME ...]  connections in the form of ipsec.conf, with all that also= and conn %default bring and all
                                   defaults; every one without a name
             --keys                manual keys, too: the text is then as secret as they are
        ipsec auto --showonly [--config FILE] --up NAME
                                   the connection that this would bring up, and nothing else

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

        Which end is this machine is found by its addresses, so both gateways may have the same file.

        Also: leftid= rightid= (@name, user@name, @#hex, an address, "C=DE, CN=gate", %any), leftnexthop=, leftsourceip=,
        leftprotoport= (tcp/ssh, 17/1701), ike= and esp= (aes128-sha256-modp2048, aes256gcm16; several with commas; without a hash
        sha256, sha512 and sha1), pfs=yes|no, pfsgroup=,
        esn=accept|no|yes|either (64-bit sequence numbers; or esp=aes128gcm16-esn), keylife= ikelifetime= (30m, 8h),
        keyingtries= (%forever), type=tunnel|transport, also=CONN, alsoflip=CONN (left and right exchanged), and
        conn %default for all of them. include FILE takes wildcards.
        leftsubnets={10.1.0.0/24 10.2.0.0/24}: several networks; every pair of a left and a right one is a connection, NAME/1x2,
        and NAME stands for all of them. forceencaps=yes or encapsulation=yes|no: ESP in UDP although there is no NAT, or never.
        leftauth=psk|pubkey is strongSwan's authby=. Words are read in any case, and - in them as _; true, on, false and off are
        yes and no; auto=ondemand is route.
        right=%any is a peer from anywhere: with rightsubnet= (one address of your LAN, say) or with its own address alone.
        type=passthrough, drop, reject: what that conn covers goes in the clear, vanishes, or is answered. failureshunt= says
        the same of a conn whose negotiation failed for good. disablearrivalcheck=yes takes whatever comes out of its tunnel.
        type=passthrough with one network at both ends exempts it from a tunnel for everything (rightsubnet=0.0.0.0/0).
        leftfirewall=yes lets the tunnel through nftables or iptables, past masquerading, while it is routed, and lowers
        TCP's segment size to what it carries; lefthostaccess=yes with it opens the gateway itself.
        rightprotoport=17/%any leaves a peer any one port: L2TP clients, with type=transport and leftprotoport=17/1701.
        rightsubnet=vhost:%no,%priv leaves a right=%any its own address, within virtual_private=%v4:10.0.0.0/8,%v4:!10.1.0.0/16.
        leftupdown= is a command and its words, run without a shell for prepare, route, up, down and unroute.
        rekey=yes|no, rekeymargin= (9m before the end of a key's life), rekeyfuzz= (and up to 100% more, at random).
        dpddelay= (30: after so many silent seconds ask whether the peer lives), dpdtimeout= (120: then it is dead), and
        dpdaction=hold (its traffic waits), restart (negotiate anew; restart_by_peer: all with that peer), clear (unroute: its
        traffic goes in the clear) or none (nobody asks).
        authby=rsasig, which is the default, takes keys: leftrsasigkey=0s... is what 'ipsec showhostkey --left' prints there
        (leftrsasigkey2= another, while one replaces the other); leftcert=FILE a certificate in /etc/ipsec.d/certs, whose
        authorities are in cacerts, what they revoked in crls, and its key in private (': RSA FILE' in ipsec.secrets);
        rightrsasigkey=%cert takes whom an authority vouches for, rightca= which one, leftsendcert=always|ifasked|never.
        config setup: interfaces= ("ipsec0=eth0 ipsec1=ppp0"; %defaultroute, the default; %none), protostack=auto|netkey|klips,
        plutoload= plutostart= manualstart= (names of connections, to add, bring up, bring up by hand), plutowait=yes (one after
        the other), pluto=no (no IKE), prepluto= postpluto= (commands), forwardcontrol=yes, rp_filter=0|1|2, hidetos=no,
        overridemtu=, fragicmp=no, pmtudisc=copy|set (the outer DF; clear by default; also in a conn), uniqueids=no, virtual_private=, nat_traversal=no, keep_alive= (20 s), force_keepalive=yes, listen=, myid=,
        strictcrlpolicy=yes, crlcheckinterval=, hotplugstart=yes, maxconns= maxstates= maxhalfopen=.
        syslog=daemon.error is how setup's own messages are marked; plutostderrlog=FILE takes the others; plutodebug= and
        klipsdebug= (all, or raw control dns klips and others) ask for more of them; dumpdir= allows core dumps.
        Every other parameter of FreeS/WAN is read; one that does nothing says so. 'ipsec checkconf' shows all of that.

        """

    private static let secretsText: StaticString = """
        /etc/ipsec.secrets, owned by root, mode 600. One line a secret: whose it is, a colon, what it is.

        192.1.2.45 192.1.2.23 : PSK "something long and hard to guess"
        @home @office         : PSK 0x0123456789abcdef0123456789abcdef
        : PSK "for everybody else"

        : RSA gate.pem "passphrase"

        Whose: addresses, @names, user@names, or %any. The line that names both ends wins, then one that names ours.
        The key: text in quotes, 0x and hexadecimal, 0s and base 64, 0t and text. RSA is a file in /etc/ipsec.d/private, or what
        'ipsec newhostkey' puts between braces. All who come from anywhere share one PSK: their addresses tell nothing; give
        them RSA keys. include FILE takes wildcards. 'ipsec auto --rereadsecrets' reads it anew.

        """
}

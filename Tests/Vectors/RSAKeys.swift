/// An RSA key made by OpenSSL 3 in every form that it writes, and signatures that it made with it.
public enum RSAKeys {
    /// `openssl genrsa -traditional 1024`
    public static let pkcs1 = """
        -----BEGIN RSA PRIVATE KEY-----
        MIICXgIBAAKBgQDfuqEv8AN8O78kCP5O2r854/bCIsInZJ8kGJrMIA8gIaIYMV/D
        25gBsHGcgP+cjqqi9Wq6jo2RJXsTXdUYCuLzSKSiGgN3881rRZrxAFLfsGcZ8EC+
        jN5Ox4zNsJj2fTi2ybuYBSookH5260xBlJ15H3XvI5SWC/N40kv7SA0WZQIDAQAB
        AoGBANmn6VSHvfxI6+WU0kPI0CzzuIaZ5iUI4UHupfpcXhq2XcoHjtEue615CK5n
        WUXoDd3HwHOKZ/ODcT8gFEX1oV+X1yJp1puOHx4IEaItLOJx0FGFOgQkxqMdNY0N
        aeKSJgo4ufPK8xt4x91P+H92wcFHmOE07e4/kZDYbVyo+GlpAkEA9BhGqxn6SgHQ
        IX7DfLPCERk5ikik8ypK0+uKgJiS+xfLAG+y1dyY91tw9iXGuWx5niqtVd6ohGMM
        uyoziRSGUwJBAOqkEd8HJkICGXZDFXvqidYwTatYZxUL5GSZMuwRo1NTPvAK0rgn
        IDvJVvwSwGb0eyjCMQlztnekA8B5t2chaWcCQQDGAPNCVF5Nrk7Q/O1CuOaRzC56
        2BbGEeaFJapCSoHgIRrRDcq55KpI7OojId2kCDRXczMMVwPH8DkhkkgfyIB1AkAU
        tGubSY83reW/SMYhjB2jl9mSsBdQhR8fPWF/8UJ/PM5F8j6L32/5tpeFYMY3j4U6
        oIAhPGOyhPeLyXHEmO8rAkEA1DQWgjymwt+ndXZtU/ILxVQlg70GkpGxU8WBcgwq
        jB9/wd0gy1L4vyWGk3M5RBpBWVcqOvmawNSlIab4KS4+cQ==
        -----END RSA PRIVATE KEY-----
        """

    /// `openssl pkcs8 -topk8 -nocrypt`
    public static let pkcs8 = """
        -----BEGIN PRIVATE KEY-----
        MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAN+6oS/wA3w7vyQI
        /k7avznj9sIiwidknyQYmswgDyAhohgxX8PbmAGwcZyA/5yOqqL1arqOjZElexNd
        1RgK4vNIpKIaA3fzzWtFmvEAUt+wZxnwQL6M3k7HjM2wmPZ9OLbJu5gFKiiQfnbr
        TEGUnXkfde8jlJYL83jSS/tIDRZlAgMBAAECgYEA2afpVIe9/Ejr5ZTSQ8jQLPO4
        hpnmJQjhQe6l+lxeGrZdygeO0S57rXkIrmdZRegN3cfAc4pn84NxPyAURfWhX5fX
        ImnWm44fHggRoi0s4nHQUYU6BCTGox01jQ1p4pImCji588rzG3jH3U/4f3bBwUeY
        4TTt7j+RkNhtXKj4aWkCQQD0GEarGfpKAdAhfsN8s8IRGTmKSKTzKkrT64qAmJL7
        F8sAb7LV3Jj3W3D2Jca5bHmeKq1V3qiEYwy7KjOJFIZTAkEA6qQR3wcmQgIZdkMV
        e+qJ1jBNq1hnFQvkZJky7BGjU1M+8ArSuCcgO8lW/BLAZvR7KMIxCXO2d6QDwHm3
        ZyFpZwJBAMYA80JUXk2uTtD87UK45pHMLnrYFsYR5oUlqkJKgeAhGtENyrnkqkjs
        6iMh3aQINFdzMwxXA8fwOSGSSB/IgHUCQBS0a5tJjzet5b9IxiGMHaOX2ZKwF1CF
        Hx89YX/xQn88zkXyPovfb/m2l4VgxjePhTqggCE8Y7KE94vJccSY7ysCQQDUNBaC
        PKbC36d1dm1T8gvFVCWDvQaSkbFTxYFyDCqMH3/B3SDLUvi/JYaTczlEGkFZVyo6
        +ZrA1KUhpvgpLj5x
        -----END PRIVATE KEY-----
        """

    /// `openssl rsa -aes256 -traditional`, the passphrase being `open sesame`
    public static let encryptedAES = """
        -----BEGIN RSA PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-256-CBC,80744EBE0063FCC8BD06491A26B4889C

        PaiKN+Ypbb8s/cyD6mCtQDHEwmxxqqUbBYS7nGexCmLuc0F0tKJz6Tnd1QeTPH+S
        kswBNOQpg+Ec8sZAsqdUwtlnXHQzUYMQRCX+YiwscR2PiebOeV75Nu+jfP/r2AJS
        EkPuha48XYT3WQaDCxUkGm+e6ODt60B1jPuuRMfNWHcMeau4pVKtFTe6LLJ6Yf0t
        QtxjBxq73RQdvTQjN8KUj/k00FpMk/K37oZyLQ/RLWVSq0M2WYTZRSTgUw2/jEx0
        jSIkEtZ2AKivaqDPL1UEaV0nTdqhIi34gZNifABLR5VTogEXfR2SHS9vPQBAv9ET
        5fwWqGBMTbItic5MVAyq1k2vHQMWN0QbtP8Hj0W3xo21DhM/qCCmmYAs15YBx01A
        VU5R4YC1/dslXP2YtxnyWBB9wIUmwb/ERJZ53QLJukgA6FDJFCFrnz8/cFWfdTfM
        j+Cd2GHkFrY10sKhr/4sZJpm/icXFW0Bf9jaU8N4rIuwQisusMgqrX7+a+xYsD/Q
        5iH170fVZJiCAkx4n1zns+NSfTXkxcKFL1VlH4v5MiGtYSBs9LiZxA6w0s5kGFLv
        XELKy7j4oBVjxEkxiKVlHtBU9V6IFqJU7bwn+O+1DGhy5YGFUrpvKuIFaLqQCpOQ
        XNs+AviX592azxeobjdwHgHuTkkdeVGH2SXgJSb5B9oXmHkS3JBK71sGt+54Gvtq
        bgqkNtt3Jwjydgs6c0CyWCU5bCvscH4khJOLeZ2nJ8RLbKD4uZ+1NmiO9iAtjRn+
        Cxm4zJt6c22fBhJYLkvugVQ2P8Rw9MhBS2CfNHg2pIu/YqBv5SQq0IrONH1BZ1qL
        -----END RSA PRIVATE KEY-----
        """

    /// `openssl rsa -des3 -traditional`
    public static let encryptedDES = """
        -----BEGIN RSA PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: DES-EDE3-CBC,56A25DCD99C7955F

        F2WTjDV3b3x81G/9okc4ixL68XglcSaQLt3k+/ZTMm8ohnTCOrzjyseWvqQUmJ9o
        tMo+7q/vR/n7UXhgt/E8dMnzPAl60meJu3hIhjnRk/HEoPi4U4Mu2Zk/Nt5K8taE
        9miDB0qrh95/2yWL1ggxgzehOImlYE6bRme+3qsTUmHGeB0CdiicoU1uPHRk7SBc
        oVgMoCFTPZBvzi+06ozYsxdAwGoSSudM5dh/DXhrtUXwH2MA7H8e8CCA9YTJRlCH
        PO8LThx7sjnftsmOFKQ4E4Bx9/NpAWn/YUHyWX3fHQiZypVbHrSmwP4gbAEHtflI
        VywVy7j/tf1Ds5gB3eTFyO1Dys2eu4HvDgia5ytYcal/qBti8KmQ6ozU1g9az0jB
        eZv55ySlVzb3mNSMjk4ELGdo/rS9j4TJ1i7B2kqxPAdM3DbrYIBzrIikSJ1Y789r
        2y4GZmHRE9devEGSl+OWDPZW+oIsB6TpL7SXH3TU2snHpB66fK592ZVN+cyYD7+2
        EfJDgDI+eNOxES2wJtX8oEd2KxK78xexoaGd6l/FyuKpjp5Dq7VQ5zh4YdSx1rTi
        mgXPPj2hIXsDz8Skr5TDO1IwqVwozuTRjYHaQ537KSXOJsLqv4pvnnotNJcRYj3A
        llu/ICrM0KOWqRTDLayd1h37fH0hT3J3fLK8EEzGKriVXi6VVVJUys2S2+oBqu9F
        kJxaJ59TPmhKjY+EDJRPNjiSeAKdq2EUzgMb9CgS8QTQYbx5qiuY/9ZBFELIrXyR
        lA/njlbjVdg6dQSmi6eJxbcfRPgyjhLPgxOscavG8cB3E2gpJBqBJQ==
        -----END RSA PRIVATE KEY-----
        """

    /// `openssl pkcs8 -topk8 -v2 aes-256-cbc`
    public static let encryptedPKCS8 = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIC3TBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIW0+BMRC47rYCAggA
        MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBBLAyFqx2gSLNFhuFCJcbCcBIIC
        gFat9Kix9fbqDezCwoIYWU9j7mAy6PfDbymYyibKXuMWEMThb9Cm79a2RGV1FoDf
        RPSC9l5B25VquYQky/P7tzdg2iyQ87+obNKTSsKbGN3c/9R2o+IZ8uaAGzQZOQ0k
        i38anV5KSZSbLtroxLRKPL5Rjc3ygpWsGyBVjCwZqqy0uRcxxFHB4qHZ4RhFIhSf
        kHu9ygwe4gKysRrNNRmPshzneaJ/TEw1DE+T0xLkX0JqgSSF0TSTpSjyo37G+WZF
        Nm3to7fpM5CWQkO9sx1Xgrdshc1IvaVotw92Yl8rg78UUPruG3nfHUg3gQtptuT5
        d8bdlGKkYRPFfd5nRJ8PzwLRGK3Iqwt2D78M+BCJQB+jYOJUlhaEnQBBM3bHfjpa
        EfADILOvDfY7l2wSavGTOwcxQVfuNwhOu9h7UIG1fXel8EcE4Ic2iitqpChMS8pS
        7odf1cfhqaQ9+JHF+V8UCiee6ZRfbE/P+2oSLx9Fb7uUClZ8IjjSCJu+nDhcbjkt
        TZrWntmYSHzaoTrUrXfBY9Xheun8MjHDNSgwR4YOUvuhN0wVyVANasx5+qAL3nuX
        Qfsx7oQJBZUdgQeaWMXWzm+slJkn2v68kkQAXQzufUkVBZ3UtI+1VLTSZlJjLYLa
        drjBLSj1vqyIAfxNpPh2XHZ4BmpwfcnvugNMKr4wLpvwgQLIfvQSxSMCseRjUgem
        WOutH092da0YwL9HsiVBtab8sAkb/jSz5bU1loINY+Qfo0oSgNmNFkgcKscXItec
        L7Jnmu/oJ9Gjs2wn1AHyGASYQeg12QSb+3/4c1GgH98mIG2nk7Ap2XxHsEMdhAL9
        GTF4L+wacozrdt+Dnh34loE=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    /// `openssl rsa -modulus`
    public static let modulus = octets(
        """
        dfbaa12ff0037c3bbf2408fe4edabf39e3f6c222c227649f24189acc200f2021a218315fc3db9801b0719c80ff9c8eaaa2f5
        6aba8e8d91257b135dd5180ae2f348a4a21a0377f3cd6b459af10052dfb06719f040be8cde4ec78ccdb098f67d38b6c9bb98
        052a28907e76eb4c41949d791f75ef2394960bf378d24bfb480d1665
        """)

    /// `openssl pkeyutl -sign` over `hash` with no digest: PKCS#1 v1.5 without DigestInfo, as IKEv1 signs.
    public static let bareSignature = octets(
        """
        4833c74a7fc2ff93f7fb2bf186eea861d8899e6a18152cb0c141218d74fc6c40c83c212dac31eedb9874b797abc85c4a730e
        2efab7f4504d32d630f8abe6c18e35e803509394dd04a21d5aa22021315d75d0fa904d1db7d3c923c75f732abfd387b573e2
        26a5ec1d7c3d1618a15716e4be12b6e18ad70c614495d4bd16e7c499
        """)

    public static let hash = Array("twenty octets hashed".utf8)

    /// `openssl dgst -sha256 -sign` over `message`.
    public static let digestSignature = octets(
        """
        c9dc9da081dacad5b89364bd02fad2b08b33348bb74138740b8f66504f27bc6809492966b354b978c610490b39c94a8d1ff4
        06e4c6c7f228c25dd27e61f0c6b529b59f348534f884dfe65127d70c16112df7414a9798d1086ee3b5a78d12e4f3036c87c1
        37d7704b2f582fcdb5c4faaa1792b2006142234b8316d5c8db9f2ec2
        """)

    public static let message = Array("message of a certificate".utf8)
}

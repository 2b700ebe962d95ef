extension Verification {
    /// Makes every check. Needs root.
    public static func run(_ options: DaemonOptions) -> Verification {
        let verification = Verification(options)
        verification.lookAtFiles()
        verification.lookAtKernel()
        verification.lookAtDaemon()
        verification.lookAtConnections()
        verification.lookAtForwarding()
        verification.lookAtInterfaces()
        verification.lookAtRules()
        verification.lookAtFirewall()
        return verification
    }
}

import Wire

/// What ipsec.conf may ask for and the daemon cannot do so far. Whoever builds one of these deletes its function and the call,
/// and flips its rows in `Vocabulary` to `.works`.
extension ConnectionReader {
    func refuseWhatDoesNotExistYet() {
        if conn.auto == .manual { return }
        // Conns that carry nothing have nobody to prove anything to.
        guard conn.mode == .tunnel || conn.mode == .transport else { return }
        if conn.authentication == .never {
            fail("this is for type=passthrough, drop and reject, which carry nothing; write authby=secret", at: .authBy)
            return
        }
    }
}

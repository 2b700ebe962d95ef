import ESP
import Netlink
import Testing
import Wire

@testable import DataPlane

@Suite struct RefusedESPTests {
    @Test func everyRefusalHasACause() {
        var refused = RefusedESP()
        for refusal in PacketRefusal.allCases { refused.count(refusal) }
        #expect(refused.total == UInt64(PacketRefusal.allCases.count))
        #expect(refused.failedCheck == 1 && refused.replayed == 1 && refused.tooOld == 1 && refused.outsidePolicy == 1)
        #expect(refused.since(refused).total == 0)
    }

    @Test func theKernelsAccountIsRead() {
        let text = """
            XfrmInError             \t1
            XfrmInNoStates          \t42
            XfrmInStateProtoError   \t7
            XfrmInStateSeqError     \t5
            XfrmInStateMismatch     \t1
            XfrmInTmplMismatch      \t2
            XfrmInNoPols            \t3
            XfrmInPolBlock          \t4
            XfrmOutNoStates         \t99
            Xfrm nonsense
            """
        let refused = RefusedESP(XFRMStatistics(Array(text.utf8)))
        #expect(refused.unknownSPI == 42 && refused.failedCheck == 7 && refused.replayed == 5 && refused.outsidePolicy == 10)
        #expect(refused.total == 64)
        #expect(XFRMStatistics([]) == XFRMStatistics())
    }
}

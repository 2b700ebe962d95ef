import Testing

@Test func peersBuild() {}

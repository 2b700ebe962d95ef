import Testing

@Test func NetlinkBuilds() {}

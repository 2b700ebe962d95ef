import Testing

@Test func IKEBuilds() {}

import Testing

@Test func WireBuilds() {}

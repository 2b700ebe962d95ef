import Testing

@Test func ESPBuilds() {}

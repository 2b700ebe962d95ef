import Testing

@Test func ConfigurationBuilds() {}

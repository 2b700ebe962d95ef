import Testing

@Test func GatewayBuilds() {}

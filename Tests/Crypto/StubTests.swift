import Testing

@Test func CryptoBuilds() {}

import Testing

@Test func LinuxBuilds() {}

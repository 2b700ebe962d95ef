// swift-tools-version: 6.2
// For debugging and tests. Toolchain/build makes the shipping binary from the same files, as Embedded Swift.
import PackageDescription

/// The rules of every Swift target: strict memory safety, and warnings are errors.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Lifetimes"),
]

func room(_ name: String, _ below: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: below, path: "Sources/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ rooms: [Target.Dependency]) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: rooms + ["Vectors"], path: "Tests/\(name)", swiftSettings: strict)
}

let package = Package(
    name: "Cygnet",
    products: [.executable(name: "ipsec", targets: ["ipsec"])],
    targets: [
        // Floor 0: C as modules.
        .target(name: "CLinux", path: "Sources/CLinux"),
        .systemLibrary(name: "CMbedTLS", path: "Sources/CMbedTLS"),
        // Floor 1
        room("Wire", []),
        // Floor 2
        room("Crypto", ["Wire", "CLinux", "CMbedTLS"]),
        room("Linux", ["Wire", "CLinux"]),
        // Floor 3
        room("IKE", ["Wire", "Crypto"]),
        room("ESP", ["Wire", "Crypto"]),
        room("Netlink", ["Wire", "Crypto", "Linux", "CLinux"]),
        room("Configuration", ["Wire", "Crypto"]),
        room("DNS", ["Wire", "Crypto"]),
        // Floor 4
        room("DataPlane", ["Wire", "Crypto", "Linux", "ESP", "Netlink", "Configuration"]),
        room("Host", ["Wire", "Crypto", "Linux", "Netlink", "Configuration", "DNS"]),
        room("Control", ["Wire", "Linux"]),
        // Floor 5
        room("Daemon", ["Wire", "Crypto", "Linux", "IKE", "ESP", "Netlink", "Configuration", "DataPlane", "Host", "Control"]),
        // Floor 6
        .executableTarget(
            name: "ipsec", dependencies: ["Wire", "Crypto", "Linux", "Configuration", "DNS", "DataPlane", "Host", "Control", "Daemon"],
            path: "Sources/ipsec", swiftSettings: strict),

        // Published vectors as plain functions, so that other runners than Swift Testing can call them.
        .target(
            name: "Vectors", dependencies: ["Wire", "Crypto", "IKE", "ESP", "Netlink", "Configuration"],
            path: "Tests/Vectors", swiftSettings: strict),
        .executableTarget(
            name: "VectorRunner", dependencies: ["Wire", "Crypto", "Linux", "ESP", "Vectors"], path: "Tests/VectorRunner",
            swiftSettings: strict),
        // Counts calls of malloc, so that tests can check that the data path does not allocate.
        .target(name: "CountingMalloc", path: "Tests/CountingMalloc"),
        // Code that tests of several rooms share: namespaces, captures, a log that keeps its lines.
        .target(name: "TestSupport", dependencies: ["Wire", "Linux", "CountingMalloc"], path: "Tests/Support", swiftSettings: strict),
        tests("Wire", ["Wire"]),
        tests("Crypto", ["Wire", "Crypto"]),
        tests("Linux", ["Wire", "Linux"]),
        tests("Netlink", ["Wire", "Crypto", "Linux", "Netlink"]),
        tests("ESP", ["Wire", "Crypto", "ESP", "CountingMalloc", "TestSupport"]),
        tests("IKE", ["Wire", "Crypto", "IKE", "ESP", "CountingMalloc", "TestSupport"]),
        tests("Configuration", ["Wire", "Crypto", "Configuration"]),
        tests("DNS", ["Wire", "Crypto", "DNS"]),
        tests("DataPlane", ["Wire", "Crypto", "Linux", "ESP", "Netlink", "DataPlane", "CountingMalloc", "TestSupport"]),
        tests("Host", ["Wire", "Crypto", "Linux", "Netlink", "DNS", "Host", "TestSupport"]),
        tests("Control", ["Wire", "Linux", "Control"]),
        tests(
            "Daemon",
            [
                "Wire", "Crypto", "Linux", "IKE", "ESP", "Netlink", "Configuration", "DataPlane", "Host", "Control", "Daemon",
                "CountingMalloc", "TestSupport",
            ]),
        tests("ipsec", ["Wire", "Crypto", "Linux", "Configuration", "DataPlane", "Host", "Control", "Daemon", "ipsec"]),
        // Tests that need root, other implementations, or the virtual machine.
        .testTarget(name: "PeerTests", path: "Tests/Peers", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

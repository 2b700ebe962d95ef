/// The result of a run of vectors: every check that failed, as text.
///
/// Vectors are plain functions, `func …Vectors(_ report: inout Report)`, so that Swift Testing can call them here and a
/// bare runner on a foreign CPU.
public struct Report {
    public private(set) var checks = 0
    public private(set) var failures: [String] = []

    public init() {}

    public mutating func expect(_ holds: Bool, _ what: @autoclosure () -> String) {
        checks += 1
        if !holds { failures.append(what()) }
    }
}

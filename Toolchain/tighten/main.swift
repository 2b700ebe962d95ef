// tighten: reads what LLVM wrote for MIPS from its input, and writes the same with fewer instructions.

import Foundation

do {
    var assembly = try Assembly { readLine() }
    var functions = assembly.functions
    let own = functions.count
    for index in functions.indices { functions[index].trapInPlace(tables: assembly.labelsInData) }
    let quiet = QuietFunctions(functions, others: ["memcpy", "memmove", "memset", "memcmp", "malloc", "free", "posix_memalign"])
    var frames = Frames(), repeats = Repeats(quiet: quiet)
    frames.share(&functions)
    for index in functions.indices { functions[index].fillSlots(tables: assembly.labelsInData) }
    functions += frames.functions
    repeats.share(&functions, tables: assembly.labelsInData)
    assembly.replace(Array(functions[..<own]))
    assembly.write(Array(functions[own...])) { print($0) }
} catch {
    FileHandle.standardError.write(Data("tighten: line \(error.line): \(error.description)\n".utf8))
    exit(1)
}

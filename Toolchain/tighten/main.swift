// tighten: reads what LLVM wrote for MIPS from its input, and writes the same with fewer instructions.
import Foundation

do {
    try tighten({ readLine() }, { print($0) })
} catch {
    FileHandle.standardError.write(Data("tighten: line \(error.line): \(error.description)\n".utf8))
    exit(1)
}

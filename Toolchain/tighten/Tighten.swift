/// Takes LLVM's assembly for MIPS from `next`, line by line, and hands `write` one that does the same with fewer instructions.
/// Throws where it is no such assembly.
func tighten(_ next: () -> String?, _ write: (String) -> Void) throws(Assembly.SyntaxError) {
    var assembly = try Assembly(next), functions = assembly.functions
    let own = functions.count, tables = assembly.labelsInData
    for index in functions.indices { functions[index].trapInPlace(tables: tables) }
    var frames = Frames(), repeats = Repeats()
    frames.share(&functions)
    for index in functions.indices { functions[index].fillSlots(tables: tables) }
    functions += frames.functions
    repeats.share(&functions, tables: tables)
    assembly.replace(Array(functions[..<own]))
    assembly.write(Array(functions[own...]), write)
}

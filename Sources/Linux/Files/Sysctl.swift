import CLinux
import Wire

/// The kernel's settings under /proc/sys. Names are written with slashes, `net/core/xfrm_larval_drop`, because an
/// interface's name may hold dots.
public enum Sysctl {
    /// The value without its final line break.
    public static func read(_ name: __owned Sentence) throws(SystemError) -> [UInt8] {
        var value = try Files.read(path(name), limit: 4_096)
        while value.last == 0x0A { value.removeLast() }
        return value
    }

    /// Sets a value, without a line break at its end.
    /// - Throws: this kernel has no such setting, or refuses the value.
    public static func write(_ name: __owned Sentence, _ value: [UInt8]) throws(SystemError) {
        try Files.overwrite(path(name), value.span)
    }

    /// As `write(_:_:)` for octets.
    public static func write(_ name: __owned Sentence, _ value: __owned Sentence) throws(SystemError) { try write(name, value.octets) }

    private static func path(_ name: __owned Sentence) -> Path { Path(("/proc/sys/" + name).octets) }
}

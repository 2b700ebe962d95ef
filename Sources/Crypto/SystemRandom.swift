import CLinux

/// The kernel's random bytes, for keys.
public final class SystemRandom: RandomSource {
    /// Fills all of `bytes`. Early after boot it waits until the kernel's generator is seeded: check `isReady` first.
    public override func fill(_ bytes: inout MutableSpan<UInt8>) {
        unsafe bytes.withUnsafeMutableBytes { buffer in
            var done = 0
            while done < buffer.count {
                let got = unsafe getrandom(buffer.baseAddress! + done, buffer.count - done, 0)
                if got > 0 {
                    done += got
                } else if clinux_errno() != EINTR {
                    // ENOSYS before Linux 3.17, or a filter of system calls. No key is better than one that can be guessed.
                    fatalError("no random bytes from the kernel")
                }
            }
        }
    }

    private var wasReady = false

    /// Whether the kernel's generator is seeded; once it is, it stays so.
    public override func canFill() -> Bool {
        wasReady = wasReady || Self.isReady
        return wasReady
    }

    /// Whether `fill` would return at once. Never waits.
    public static var isReady: Bool {
        var byte: UInt8 = 0
        return unsafe getrandom(&byte, 1, UInt32(GRND_NONBLOCK)) == 1
    }
}

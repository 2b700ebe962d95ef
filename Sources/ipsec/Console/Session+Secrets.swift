import Configuration
import Control
import Crypto
import Daemon
import Host
import Linux
import Wire

/// Asks for secrets. They are not shown, and are kept only in memory that wipes itself and in their file.
extension Session {
    /// `secret [ID …]`: writes a pre-shared key to ipsec.secrets.
    func askSecret(_ words: [Name], _ keyboard: Keyboard?) -> Int32 {
        let ids = words.isEmpty ? editedIDs() : words
        if ids.isEmpty { return refuse("secret takes the IDs that it is for, those of both ends; or 'edit NAME' comes before it") }
        var whom: Sentence = ""
        for id in ids { whom += "\(id) " }
        guard let secret = askHidden("PSK for \(whom): ", keyboard) else { return 1 }
        if keyboard != nil {
            guard let again = askHidden("once more: ", keyboard) else { return 1 }
            guard again.equals(secret) else { return fail("they differ: nothing was written") }
        }
        let path = Files.resolved(options.configurationFolder / "ipsec.secrets")
        do throws(EditError) { try write(secret, ids, path) } catch { return fail(error.reason) }
        guard PIDFile.holder(options.pidFile) != nil else { return 0 }
        return ask(.rereadSecrets)
    }

    private func write(_ secret: Secret, _ ids: [Name], _ path: Path) throws(EditError) {
        let contents: FileContents?
        do throws(FileError) {
            contents = try DiskFiles().readIfThere(Name(path.bytes))
        } catch { throw EditError("\(path): \(error.reason)") }
        let text = try SecretsText.putting(secret, for: ids, into: contents, at: Name(path.bytes))
        do throws(SystemError) { try Files.write(path, text.bytes, mode: 0o600) } catch { throw EditError("\(error)") }
    }

    /// The IDs of both ends of the conn being edited; none if they are not known.
    private func editedIDs() -> [Name] {
        guard let section = editedSection else { return [] }
        var ids: [Name] = []
        for end in [["leftid", "left"], ["rightid", "right"]] as [[Name]] {
            var id: Name?
            for parameter in end where id == nil { id = candidate.text.value(of: parameter, in: section) }
            guard let id else { return [] }
            // `%defaultroute` and its like: only the daemon knows the address.
            ids.append(id == "%any" || id.hasPrefix("%") ? "%any" : id)
        }
        return ids
    }

    /// Reads a line without echo after a prompt, or a script's next line; `nil` when there is none, with the reason on standard error.
    func askHidden(_ prompt: __owned Sentence) -> Secret? {
        withKeyboard { self.askHidden(prompt, $0) }
    }

    private func askHidden(_ prompt: __owned Sentence, _ terminal: Keyboard?) -> Secret? {
        let source = terminal ?? keyboard ?? Keyboard(isTerminal: false)
        if terminal != nil { StandardStream.output.write(prompt) }
        let typed = Secret(count: Limits.secretLength)
        var count = 0
        while true {
            guard case .octet(let octet) = source.next() else {
                complain("nothing was given")
                return nil
            }
            // The LF of the previous line's CR LF.
            if octet == 0x0A, terminal != nil, count == 0 { continue }
            if octet == 0x0A || octet == 0x0D { break }
            if terminal != nil {
                if octet == 0x03 || octet == 0x04 {
                    StandardStream.output.write("\n")
                    complain("nothing was changed")
                    return nil
                }
                if octet == 0x08 || octet == 0x7F {
                    count = max(0, count - 1)
                    continue
                }
                if octet == 0x15 {
                    count = 0
                    continue
                }
            }
            guard count < typed.count else {
                complain("longer than \(Limits.secretLength) characters")
                return nil
            }
            typed.withMutableBytes { (bytes: inout MutableSpan<UInt8>) in bytes[count] = octet }
            count += 1
        }
        if terminal != nil { StandardStream.output.write("\n") }
        return typed.slice(0..<count)
    }
}

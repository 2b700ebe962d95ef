import Crypto
import Host
import IKE
import Linux
import Wire

/// RSA keys of peers that the DNS has: a Main Mode waits for them, or a conn loads them when it is added.
extension Gateway {
    func keysFound(_ finding: KeySearch.Finding, now: UInt64) {
        for request in finding.requests {
            switch request {
            case .exchange(let token, _): connections.keysFound(finding.keys, finding.problem, for: token, now: now)
            case .load: load(finding)
            }
        }
    }

    /// `rsasigkey=%dnsonload`
    private func load(_ finding: KeySearch.Finding) {
        if let problem = finding.problem {
            log.warning(
                "the DNS has no RSA key for \(finding.identity): \(problem); it is asked again when the key is needed", code: .keysNotFound)
        } else {
            let signed: StaticString = finding.isAuthentic ? "signed" : "not signed"
            log.info("the DNS has \(finding.keys.count) RSA keys for \(finding.identity), \(signed)", code: .keysFound)
        }
        for connection in connections.all where connection.loadsKeys && connection.policy.remoteID == finding.identity {
            // Keys that were loaded before stay when a later search finds none.
            guard !finding.keys.isEmpty || connection.publishedKeys.isEmpty else { continue }
            connection.publishedKeys = finding.keys
            connections.update(connection, builder.refresh(connection))
        }
    }
}

extension Connections {
    /// The DNS has answered a `KeyRequest`.
    func keysFound(_ keys: [RSAPublicKey], _ problem: Sentence?, for token: UInt64, now: UInt64) {
        var actions: [Action] = []
        engine.keysFound(keys, problem: problem, for: token, now: now, random: random, &actions)
        perform(actions, now: now)
    }
}

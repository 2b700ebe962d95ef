import Control

/// A client that watches the log.
struct Watcher {
    let terminal: Terminal
    let isJSON: Bool
}

import Wire

/// The four octets of an ESP SPI.
func octets(spi: UInt32) -> [UInt8] {
    [UInt8(spi >> 24), UInt8(truncatingIfNeeded: spi >> 16), UInt8(truncatingIfNeeded: spi >> 8), UInt8(truncatingIfNeeded: spi)]
}

/// The ESP SPI in four octets; `nil` for another number of octets.
func number(spi: [UInt8]) -> UInt32? {
    spi.count == 4 ? spi.reduce(0) { $0 << 8 | UInt32($1) } : nil
}

/// An SPI for the log and `--status`: `0x0000c0de`.
func hexSPI(_ spi: UInt32) -> Sentence { "0x\(Text.hex(UInt64(spi), digits: 8))" }

import Testing

/// The repository says nothing about the machines on which it was written.
@Suite struct NeutralityTests {
  /// Hosts that may be named: papers, standards, and where a user gets something.
  private static let hosts = [
    "arxiv.org", "doi.org", "www.swift.org", "github.com", "www.w3.org", "yann.lecun.com", "www.gnu.org",
    "www.apache.org", "archive.ics.uci.edu", "no-color.org", "www.cs.toronto.edu", "json.schemastore.org",
  ]

  private static let places = ["/ho" + "me/", "/ro" + "ot/", "/tm" + "p/w", "local" + "host"]

  @Test func noForeignHosts() {
    for file in SourceTree.all {
      for (number, line) in file.lines.enumerated() {
        for scheme in ["https://", "http://"] {
          for part in line.components(after: scheme) {
            guard part.first?.isLetter == true else { continue }
            let host = part.prefix { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" }
            #expect(Self.hosts.contains(String(host)), "\(file):\(number + 1) names the host \(host)")
          }
        }
      }
    }
  }

  @Test func noPlacesOfOneMachine() {
    for file in SourceTree.all {
      for (number, line) in file.lines.enumerated() {
        for place in Self.places {
          guard let range = line.firstRange(of: place) else { continue }
          let isWithin = line[..<range.lowerBound].last.map { $0.isLetter || $0.isNumber } ?? false
          #expect(isWithin, "\(file):\(number + 1) names \(place)")
        }
      }
    }
  }
}

extension Substring {
  /// What follows each occurrence of a text.
  fileprivate func components(after text: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = self
    while let range = rest.firstRange(of: text) {
      rest = rest[range.upperBound...]
      parts.append(rest)
    }
    return parts
  }
}

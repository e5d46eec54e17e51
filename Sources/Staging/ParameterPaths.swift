import Diagnostics

/// What a path that matches nothing may have meant.
package enum ParameterPaths {
  /// What a path that matches nothing may have meant: a group or parameter that ends in it, or one that is spelt alike.
  package static func nearest(to path: String, in paths: [String], or words: [String] = []) -> [String] {
    let all = groups(of: paths)
    let ending = all.filter { $0.hasSuffix("." + path) }
    if let shortest = ending.map(\.count).min() { return Array(ending.filter { $0.count == shortest }.prefix(4)) }
    // As deep as what was written first: `net.layer3` is `net.layer1` sooner than one of its parameters.
    let depth = self.depth(path)
    let alike = Suggestion.nearest(to: path, in: all.filter { self.depth($0) == depth } + words)
    return alike.isEmpty ? Suggestion.nearest(to: path, in: all) : alike
  }

  private static func depth(_ path: String) -> Int { path.split(separator: ".").count }

  /// All paths with their prefixes, in the order in which they first occur.
  private static func groups(of paths: [String]) -> [String] {
    var result: [String] = []
    for path in paths {
      let parts = path.split(separator: ".")
      for count in 1...max(1, parts.count) {
        let group = parts.prefix(count).joined(separator: ".")
        if !result.contains(group) { result.append(group) }
      }
    }
    return result
  }
}

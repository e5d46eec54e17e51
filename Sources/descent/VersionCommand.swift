import ArgumentParser

/// The version of the program and of its numbers.
enum Version {
  static let text = "0.1.0"
}

/// `descent version`.
struct VersionCommand: DescentCommand {
  static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

  func run(_ console: Console) throws -> ExitStatus {
    console.output.write("descent \(Version.text)\n")
    return .finished
  }
}

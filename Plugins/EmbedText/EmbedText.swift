import Foundation
import PackagePlugin

/// Makes Swift source of the files of a target, so that adding one needs nothing but the file: the texts of `.opt`
/// definitions and `.md` explanations, the clauses that the grammar has, and the lists of the types of `Clauses/` and
/// `Primitives/`.
///
/// One command per target reads all its files and writes one.
@main
struct EmbedText: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let module = target.sourceModule else { return [] }
    let files = module.sourceFiles.map(\.url).sorted { $0.path < $1.path }
    let (form, inputs): (String, [URL])
    switch module.moduleName {
    case "Library": (form, inputs) = ("library", files.filter { $0.pathExtension == "opt" })
    case "Syntax": (form, inputs) = ("grammar", [context.package.directoryURL.appending(path: "grammar/opt.ebnf")])
    case "Runs":
      (form, inputs) = ("clauses", files.filter { $0.deletingLastPathComponent().lastPathComponent == "Clauses" })
    case "Graph":
      (form, inputs) = ("primitives", files.filter { $0.deletingLastPathComponent().lastPathComponent == "Primitives" })
    default: (form, inputs) = ("explanations", files.filter { $0.pathExtension == "md" })
    }
    let output = context.pluginWorkDirectoryURL.appending(path: "\(module.moduleName)Texts.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(inputs.count) texts in \(module.moduleName)",
        executable: try context.tool(named: "EmbedTextTool").url,
        arguments: [form, output.path, module.directoryURL.path] + inputs.map(\.path),
        inputFiles: inputs,
        outputFiles: [output])
    ]
  }
}

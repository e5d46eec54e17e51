import Foundation
import PackagePlugin

/// Embeds the text files of a target (`.opt` definitions, `.md` explanations) as Swift source.
///
/// One command per target reads all its text files and writes one file, so adding a definition or a page
/// needs nothing but the file.
@main
struct EmbedText: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let module = target.sourceModule else { return [] }
    let isLibrary = module.moduleName == "Library"
    let inputs = module.sourceFiles.map(\.url)
      .filter { $0.pathExtension == (isLibrary ? "opt" : "md") }
      .sorted { $0.path < $1.path }
    let output = context.pluginWorkDirectoryURL.appending(path: "\(module.moduleName)Texts.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(inputs.count) texts in \(module.moduleName)",
        executable: try context.tool(named: "EmbedTextTool").url,
        arguments: [isLibrary ? "library" : "explanations", output.path, module.directoryURL.path]
          + inputs.map(\.path),
        inputFiles: inputs,
        outputFiles: [output])
    ]
  }
}

import Glibc

// Usage: EmbedTextTool library|explanations|grammar|clauses|primitives OUTPUT ROOT FILE…
//
// Writes OUTPUT, a Swift file that holds the text of every FILE (below ROOT) as a literal, or what its form asks for.

let arguments = CommandLine.arguments
guard arguments.count >= 4, let form = EmbeddedForm(rawValue: arguments[1]) else {
  fail("usage: EmbedTextTool library|explanations|grammar|clauses|primitives OUTPUT ROOT FILE…")
}
var texts: [EmbeddedText] = []
for path in arguments.dropFirst(4) {
  guard let content = readText(path) else { fail("\(path): cannot be read as UTF-8 text") }
  texts.append(EmbeddedText(path: relative(path, to: arguments[3]), content: content))
}
texts.sort { ($0.name, $0.path) < ($1.name, $1.path) }
for (first, second) in zip(texts, texts.dropFirst()) where first.name == second.name {
  fail("\(first.path) and \(second.path) define the same name")
}
guard writeText(swiftSource(texts, as: form), to: arguments[2]) else { fail("\(arguments[2]): cannot be written") }

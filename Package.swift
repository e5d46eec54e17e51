// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// Large targets, and all tests, are compiled file by file: two cores share the work, and an edit compiles little more
// than what it touches. Whole-module optimization stays where kernels and steps need it.
let fileByFile: [SwiftSetting] = strict + [.unsafeFlags(["-no-whole-module-optimization", "-enable-batch-mode"])]

// The program brings Swift's runtime with it and needs no toolchain where it runs; tests share the toolchain's, as the
// testing library does. What FoundationEssentials, which ArgumentParser reads, asks of other archives stands behind it.
let selfContained: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-static-stdlib", "-lFoundationEssentials", "-l_FoundationCollections", "-l_FoundationCShims",
      "-lswiftSynchronization", "-Xlinker", "--build-id=sha1",
    ], .when(platforms: [.linux]))
]

/// The layers of the language, from the lowest: each sees those before it, and none after.
let layers = [
  "Messages", "Values", "Arithmetic", "Evaluation", "Builtins", "Staging", "Metrics", "Runs", "Results", "Theory",
  "Language",
]

func layer(_ name: String) -> Target {
  let below = [
    "Diagnostics", "Syntax", "Tensors", "Loops", "Graph", "Engine", "Data", "Experiments", "Plots", "Library",
  ]
  return .target(
    name: name, dependencies: (below + layers.prefix { $0 != name }).map { .byName(name: $0) },
    swiftSettings: fileByFile, plugins: name == "Runs" ? ["EmbedText"] : [])
}

/// All layers of the language, and others.
func language(_ others: Target.Dependency...) -> [Target.Dependency] {
  layers.map { .byName(name: $0) } + others
}

let package = Package(
  name: "descent",
  products: [
    .executable(name: "descent", targets: ["descent"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CZlib"),
    .target(
      name: "CKernels",
      cSettings: [.unsafeFlags(["-O3", "-ffp-contract=off", "-fno-math-errno"])],
      linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("m")]),
    .target(
      name: "CEmit", dependencies: ["CKernels"],
      cxxSettings: [.unsafeFlags(["-O2", "-fno-exceptions", "-fno-rtti"])],
      linkerSettings: [.linkedLibrary("asmjit"), .linkedLibrary("rt")]),
    .executableTarget(name: "EmbedTextTool", swiftSettings: strict),
    .plugin(name: "EmbedText", capability: .buildTool(), dependencies: ["EmbedTextTool"]),
    .target(name: "Diagnostics", swiftSettings: strict, plugins: ["EmbedText"]),
    .target(name: "Syntax", dependencies: ["Diagnostics"], swiftSettings: fileByFile, plugins: ["EmbedText"]),
    .target(name: "Tensors", dependencies: ["CKernels"], swiftSettings: strict),
    .target(name: "Loops", dependencies: ["Tensors", "CKernels", "CEmit"], swiftSettings: strict),
    .target(name: "Graph", dependencies: ["Tensors"], swiftSettings: strict, plugins: ["EmbedText"]),
    .target(name: "Engine", dependencies: ["Graph", "Tensors", "CKernels", "CEmit"], swiftSettings: strict),
    .target(name: "Data", dependencies: ["Tensors", "Diagnostics", "CZlib"], swiftSettings: strict),
    .target(name: "Experiments", dependencies: ["Engine", "Graph", "Tensors", "Data"], swiftSettings: strict),
    .target(name: "Plots", dependencies: ["Experiments"], swiftSettings: fileByFile),
    .target(name: "CMessages", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CReadline", linkerSettings: [.linkedLibrary("readline")]),
    .target(name: "Library", swiftSettings: strict, plugins: ["EmbedText"]),
    .target(
      name: "Interactive",
      dependencies: language("Diagnostics", "Syntax", "Library", "Data", "Plots", "CReadline"),
      swiftSettings: fileByFile),
    .executableTarget(
      name: "descent",
      dependencies: language(
        "Interactive", "Diagnostics", "Syntax", "Library", "Data", "Experiments", "Engine", "Tensors",
        "CReadline", "CMessages",
        .product(name: "ArgumentParser", package: "swift-argument-parser")), swiftSettings: fileByFile,
      linkerSettings: selfContained),
    .testTarget(name: "SyntaxTests", dependencies: ["Syntax", "Diagnostics"], swiftSettings: fileByFile),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels"], swiftSettings: fileByFile),
    .testTarget(name: "GraphTests", dependencies: ["Graph", "Tensors"], swiftSettings: fileByFile),
    .testTarget(name: "EngineTests", dependencies: ["Engine", "Graph", "Tensors"], swiftSettings: fileByFile),
    .testTarget(
      name: "DataTests", dependencies: ["Data", "Tensors", "Diagnostics", "CZlib"], swiftSettings: fileByFile),
    .testTarget(
      name: "ExperimentsTests", dependencies: ["Experiments", "Engine", "Graph", "Tensors", "Data"],
      swiftSettings: fileByFile),
    .testTarget(
      name: "PlotsTests", dependencies: ["Plots", "Experiments"], exclude: ["Goldens"], swiftSettings: fileByFile),
    .testTarget(
      name: "LanguageTests",
      dependencies: language("Data", "Syntax", "Diagnostics", "Library", "Tensors", "Graph", "Engine", "Experiments"),
      swiftSettings: fileByFile),
    .testTarget(
      name: "LibraryTests", dependencies: language("Library", "Data", "Syntax", "Diagnostics"),
      swiftSettings: fileByFile),
    .testTarget(
      name: "ScriptTests", dependencies: language("Diagnostics", "Syntax", "Data", "Library"),
      swiftSettings: fileByFile),
    .testTarget(
      name: "InteractiveTests",
      dependencies: language("Interactive", "Data", "Diagnostics", "Syntax"), swiftSettings: fileByFile),
    .testTarget(name: "TidyTests", swiftSettings: fileByFile),
  ],
  cxxLanguageStandard: .cxx17
)

package.targets += layers.map(layer)

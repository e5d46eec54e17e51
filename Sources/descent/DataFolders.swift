import Data

/// Where the data that comes with the program may lie.
enum DataFolders {
  /// `DESCENT_DATA` first, then beside the program as installed (`../share/descent/data`), then the `data` folder of a
  /// checkout that the program was built in, then where Debian puts Fashion-MNIST.
  static var all: [String] {
    BundledData.directories(
      executable: absolutePath("/proc/self/exe") ?? "/",
      override: StandardStreams.environment("DESCENT_DATA").flatMap(absolutePath))
  }
}

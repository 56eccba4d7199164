using Keyreeve.Conformance.Storage.Sqlite;
using Xunit.Runner.InProc.SystemConsole;

// The tests; or, for those that kill a process, the process to be killed.
return args is [StoreCrashChild.Argument, var dataDirectory]
    ? await StoreCrashChild.RunAsync(dataDirectory)
    : await ConsoleRunner.Run(args);

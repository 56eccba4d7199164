namespace Keyreeve.Server.Configuration;

/// <summary>The environment of the process: read here and nowhere else.</summary>
internal static class ProcessEnvironment
{
#pragma warning disable RS0030 // this is the one place
    private static readonly string[] DumpSwitches = ["DOTNET_DbgEnableMiniDump", "COMPlus_DbgEnableMiniDump"];

    /// <summary>The variable by which the runtime is told to write a dump when it fails; null if none is.</summary>
    public static string? DumpSwitch =>
        Array.Find(DumpSwitches, static name => Environment.GetEnvironmentVariable(name)?.Trim() is not (null or "" or "0"));
#pragma warning restore RS0030
}

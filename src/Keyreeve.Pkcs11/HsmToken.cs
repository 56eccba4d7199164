using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Keyreeve.Core.Operations;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Pkcs11;

/// <summary>
/// A token: found, logged in to, and reached again after it was lost. Every call has a time limit. A PIN that the token
/// refused is never shown to it again. Thread safe; one process owns a token.
/// </summary>
public sealed class HsmToken : IDisposable
{
    // The threads on which a token is called are its own, so one session each is enough.
    [ThreadStatic]
    private static TokenSession? _session;

    private readonly HsmOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<string> _log;
    private readonly TokenWorkers _workers;
    private readonly Lock _connecting = new();
    private readonly PinGuard _pin;
    private CryptokiModule? _module;
    private Connection? _connection;
    private int _connections;
    private long _notBefore;
    private HsmException? _failure;
    private bool _isDisposed;

    /// <summary>A token that is looked for when it is first used.</summary>
    /// <param name="options">Which token.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told when the token is lost, found, or refuses.</param>
    public HsmToken(HsmOptions options, TimeProvider time, Action<string> log)
        : this(options, time, log, module: null)
    {
    }

    internal HsmToken(HsmOptions options, TimeProvider time, Action<string> log, CryptokiModule? module)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        if (options.TokenLabel is null && options.TokenSerial is null) throw new ArgumentException("A token is named by its label or its serial number.", nameof(options));
        _options = options;
        _time = time;
        _log = log;
        _module = module;
        _workers = new TokenWorkers(options.Sessions, options.CallTimeLimit);
        _pin = new PinGuard(options.PinFile, options.RefusedPinFile);
    }

    /// <summary>How it stands, without asking the token.</summary>
    public HsmHealth Health
    {
        get
        {
            var hanging = _workers.Hanging;
            var connection = Volatile.Read(ref _connection);
            var failure = Volatile.Read(ref _failure);
            if (hanging >= _options.Sessions) return new(HsmState.Hanging, $"{hanging} calls into the PKCS#11 module hang.", connection?.Token, _pin.Attempts, hanging);
            if (failure is not null) return new(failure.State, failure.Message, connection?.Token, _pin.Attempts, hanging);
            return new(connection is null ? HsmState.NotConnected : HsmState.Ready, null, connection?.Token, _pin.Attempts, hanging);
        }
    }

    /// <summary>Told how long each call took, and whether it was done.</summary>
    public Action<TimeSpan, bool>? Called { get; set; }

    /// <summary>Asks the token what it is and for a few random bytes, and says how it stands then.</summary>
    public async Task<HsmHealth> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(
                static session =>
                {
                    // A module may give random bytes of its own when its token is gone.
                    session.Module.DescribeToken(session.Slot);
                    session.GenerateRandom(stackalloc byte[8]);
                    return true;
                },
                isRepeatable: true, cancellationToken);
        }
        catch (HsmException failure)
        {
            var now = Health;
            return now.State is HsmState.Ready or HsmState.NotConnected ? now with { State = failure.State, Reason = failure.Message } : now;
        }

        return Health;
    }

    /// <summary>Has something done with a session.</summary>
    /// <param name="work">What is done; called on a thread of the token's own, perhaps twice.</param>
    /// <param name="isRepeatable">Whether it may be begun again when the token was lost in its midst: not if it makes what stays.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HsmException">The token cannot be used.</exception>
    public async Task<T> RunAsync<T>(Func<TokenSession, T> work, bool isRepeatable, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var started = Stopwatch.GetTimestamp();
        var isDone = false;
        using var span = Tracing.Source.StartActivity("hsm");
        try
        {
            var result = await _workers.RunAsync(() => Run(work, isRepeatable), cancellationToken);
            isDone = true;
            return result;
        }
        finally
        {
            Called?.Invoke(Stopwatch.GetElapsedTime(started), isDone);
        }
    }

    /// <summary>Logs out and lets the module go; one that hangs in that is left as it is when the time of a call is over.</summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _workers.Dispose();
        var ending = new Thread(End) { IsBackground = true, Name = "keyreeve-hsm-end" };
        ending.Start();
        if (!ending.Join(_options.CallTimeLimit)) _log($"The token {_options.TokenName} was not logged out: the PKCS#11 module hangs.");
        _pin.Dispose();
    }

    // A call that hangs may hold the lock.
    private void End()
    {
        lock (_connecting)
        {
            if (_module is { } module && _connection is { } connection && _workers.Hanging == 0)
            {
                using var calling = module.Enter();
                EndConnection(module, connection);
            }

            _connection = null;
            if (_module is not null) _module.Dispose();
        }
    }

    private T Run<T>(Func<TokenSession, T> work, bool isRepeatable)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var connection = Connect();
            var hasBegun = false;
            try
            {
                using var calling = connection.Module.Enter();
                var session = SessionOf(connection);
                // What may be done once alone is not begun on a session that was lost meanwhile.
                if (!isRepeatable) session.RequireLogin();
                hasBegun = true;
                return work(session);
            }
            catch (Pkcs11Exception lost) when (lost.IsLoss)
            {
                Lose(connection, lost);
                if (!isFirst || (hasBegun && !isRepeatable)) throw new HsmException(HsmState.NoToken, $"The token {_options.TokenName} was lost: {lost.Message}", lost);
            }
            catch (Pkcs11Exception failed)
            {
                if (failed.IsUnclear) Probe(connection);
                if (failed.LeavesOperation) DropSession(connection);
                throw new HsmException(HsmState.Failing, $"The token {_options.TokenName} refused: {failed.Message}", failed);
            }
        }
    }

    private static TokenSession SessionOf(Connection connection) =>
        _session is { } session && session.Generation == connection.Number
            ? session
            : _session = new TokenSession(connection.Module, connection.Slot, OpenSession(connection.Module, connection.Slot), connection.Number, connection.Token.Serial);

    private Connection Connect()
    {
        if (Volatile.Read(ref _connection) is { } known) return known;
        lock (_connecting)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_connection is { } made) return made;
            // Callers do not queue up before a door that was found closed a moment ago.
            if (_failure is { } recent && _time.GetTimestamp() < _notBefore) throw new HsmException(recent.State, recent.Message, recent);
            try
            {
                var connection = ConnectOnce();
                if (_failure is not null) _log($"The token {_options.TokenName} is back.");
                Volatile.Write(ref _failure, null);
                Volatile.Write(ref _connection, connection);
                return connection;
            }
            catch (Exception failure) when (failure is HsmException or Pkcs11Exception)
            {
                var reason = failure as HsmException ?? new HsmException(HsmState.Failing, $"The token {_options.TokenName} cannot be reached: {failure.Message}", failure);
                if (!string.Equals(_failure?.Message, reason.Message, StringComparison.Ordinal)) _log(reason.Message);
                _notBefore = _time.GetTimestamp() + (long)(_options.RetryInterval.TotalSeconds * _time.TimestampFrequency);
                Volatile.Write(ref _failure, reason);
                throw reason;
            }
        }
    }

    private Connection ConnectOnce()
    {
        _module ??= CryptokiModule.Acquire(_options.ModulePath);
        var token = FindToken(_module);
        using var calling = _module.Enter();
        PinGuard.RequireUsable(token, _options.TokenName);
        var anchor = OpenSession(_module, token.Slot);
        try
        {
            if ((token.Flags & Cryptoki.TokenLoginRequired) != 0) _pin.Login(_module, anchor, token, _options.TokenName);
            return new Connection(_module, token, anchor, ++_connections);
        }
        catch
        {
            CloseSession(_module, anchor);
            throw;
        }
    }

    // Tokens come and go, and several processes at one token's store sometimes see none: looked for more than once, then
    // with a module that begins anew.
    private TokenDescription FindToken(CryptokiModule module)
    {
        for (var attempt = 1; ; attempt++)
        {
            var generation = module.Generation;
            if (TryFindToken(module, out var token)) return token;
            if (attempt >= _options.EnumerationAttempts)
                throw new HsmException(HsmState.NoToken, $"There is no token {_options.TokenName} behind '{_options.ModulePath}'.");
            Thread.Sleep(20 * attempt);
            module.TryRestart(generation, TimeSpan.FromMilliseconds(200));
        }
    }

    private bool TryFindToken(CryptokiModule module, [NotNullWhen(true)] out TokenDescription? token)
    {
        using var calling = module.Enter();
        token = null;
        try
        {
            foreach (var slot in module.ListSlots())
            {
                var candidate = module.DescribeToken(slot);
                if ((candidate.Flags & Cryptoki.TokenInitialized) == 0 || !IsMeant(candidate)) continue;
                if (token is not null) throw new HsmException(HsmState.NoToken, $"Several tokens are {_options.TokenName}; name the one that is meant by its serial number.");
                token = candidate;
            }
        }
        catch (Pkcs11Exception)
        {
            token = null; // it went while it was looked at: looked for again
        }

        return token is not null;
    }

    private bool IsMeant(TokenDescription token) =>
        (_options.TokenLabel is null || string.Equals(token.Label, _options.TokenLabel, StringComparison.Ordinal))
        && (_options.TokenSerial is null || string.Equals(token.Serial, _options.TokenSerial, StringComparison.Ordinal));

    private static void DropSession(Connection connection)
    {
        using var calling = connection.Module.Enter();
        _session?.Close();
        _session = null;
    }

    // An error that says nothing may be a token that is gone.
    private void Probe(Connection connection)
    {
        try
        {
            using var calling = connection.Module.Enter();
            connection.Module.DescribeToken(connection.Slot);
            SessionOf(connection).GenerateRandom(stackalloc byte[8]);
        }
        catch (Pkcs11Exception lost)
        {
            Lose(connection, lost);
        }
    }

    private void Lose(Connection connection, Pkcs11Exception why)
    {
        lock (_connecting)
        {
            if (!ReferenceEquals(_connection, connection)) return;
            _connection = null;
            _log($"The token {_options.TokenName} was lost ({why.Message}); it is looked for again.");
            using var calling = connection.Module.Enter();
            EndConnection(connection.Module, connection);
        }
    }

    // The sessions of the other threads go with it; they find out at their next call.
    private static unsafe void EndConnection(CryptokiModule module, Connection connection) => module.Functions->CloseAllSessions(connection.Slot);

    private static unsafe nuint OpenSession(CryptokiModule module, nuint slot)
    {
        nuint session;
        CryptokiModule.Check(module.Functions->OpenSession(slot, Cryptoki.SessionSerial | Cryptoki.SessionReadWrite, null, null, &session), "C_OpenSession");
        return session;
    }

    private static unsafe void CloseSession(CryptokiModule module, nuint session) => module.Functions->CloseSession(session);

    /// <summary>A login. Its first session is kept, since a token logs out when the last one closes.</summary>
    private sealed record Connection(CryptokiModule Module, TokenDescription Token, nuint Anchor, int Number)
    {
        public nuint Slot => Token.Slot;
    }
}

namespace Keyreeve.Server.Alerts.Watching;

/// <summary>Time in whole hours, days and weeks since 1970, in UTC.</summary>
internal static class Calendar
{
    public const int HoursOfWeek = 168;

    public static int HourOf(DateTimeOffset time) => (int)(time.ToUnixTimeSeconds() / 3600);

    public static int DayOf(int hour) => hour / 24;

    public static int WeekOf(int hour) => hour / HoursOfWeek;

    public static DateTimeOffset TimeOf(int hour) => DateTimeOffset.FromUnixTimeSeconds(hour * 3600L);
}

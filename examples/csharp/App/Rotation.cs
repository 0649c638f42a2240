namespace KeyRotation;

internal static class Rotation
{
    /// <summary>Names one rotation. Write a new one to rotate.</summary>
    public const string Token = "incident-4711";
}

package dev.nibble;

/**
 * How far one stage of a job is.
 *
 * @param stage  what is being done, such as {@code calibrating} or {@code quantizing}
 * @param unit   what is counted: {@code bytes}, {@code tokens}, {@code windows} …
 * @param done   units that are done; {@code total} at the end of the stage
 * @param total  units of the whole stage
 * @param detail what was done last, such as the name of a tensor; may be empty
 */
public record Progress(String stage, String unit, long done, long total, String detail) {
    /** From 0 to 100. */
    public double percent() {
        return total == 0 ? 100 : Math.min(100, 100.0 * done / total);
    }
}

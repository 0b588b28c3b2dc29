package dev.nibble;

/**
 * Progress of one stage of a job.
 *
 * @param stage name of the stage, such as {@code calibrating} or {@code quantizing}
 * @param unit unit of the counts: {@code bytes}, {@code tokens}, {@code windows} …
 * @param done units done; {@code total} at the end of the stage
 * @param total  units of the whole stage
 * @param detail last item done, such as the name of a tensor; may be empty
 */
public record Progress(String stage, String unit, long done, long total, String detail) {
    /** Percentage done, 0 to 100. */
    public double percent() {
        return total == 0 ? 100 : Math.min(100, 100.0 * done / total);
    }
}

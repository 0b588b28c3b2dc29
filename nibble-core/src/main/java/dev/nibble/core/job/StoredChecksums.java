package dev.nibble.core.job;

import dev.nibble.core.checkpoint.Checkpoint;
import dev.nibble.core.checkpoint.io.Checksums;
import dev.nibble.core.tensor.Tensor;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The CRC-32C of every tensor that {@link QuantizationJob} writes into its files. */
public final class StoredChecksums {
    private StoredChecksums() {}

    /** Checksums by tensor; empty if the file carries none, or not one for every tensor. */
    public static Map<String, Integer> of(Checkpoint checkpoint) {
        Map<String, Integer> checksums = new LinkedHashMap<>();
        if (checkpoint.metadata().get(QuantizationJob.CHECKSUMS) instanceof List<?> stored && stored.size() == checkpoint.names().size()) {
            Iterator<?> values = stored.iterator();
            for (String name : checkpoint.names()) {
                if (values.next() instanceof Number value) {
                    checksums.put(name, value.intValue());
                }
            }
        }
        return checksums;
    }

    public static int compute(Tensor tensor) {
        return Checksums.crc32cParallel(tensor.data());
    }
}

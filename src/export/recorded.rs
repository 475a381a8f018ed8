//! An export on its way that is noted: when it begins, and how it ended.

use std::sync::Arc;

use futures_util::{Stream, StreamExt as _, stream};

use super::{Chunk, Chunks, ExportError, Tally};
use crate::{
    clock::Clock,
    store::{ExportEnd, ExportList, ExportOutcome, NewExport, StoreError},
};

/// An export that has been noted. Dropped before its end, it is noted as left.
pub struct Recording {
    list: Arc<dyn ExportList>,
    clock: Clock,
    number: i64,
    tally: Tally,
    /// How many bytes the file has, where that was announced.
    announced: Option<u64>,
    ended: bool,
}

impl Recording {
    /// Notes that an export begins.
    ///
    /// # Errors
    /// When it cannot be noted: then nothing may be sent.
    pub async fn begin(
        list: Arc<dyn ExportList>,
        clock: Clock,
        export: &NewExport,
    ) -> Result<Self, StoreError> {
        let number = list.begin_export(export).await?;
        Ok(Self {
            list,
            clock,
            number,
            tally: Tally::default(),
            announced: None,
            ended: false,
        })
    }

    /// The number under which it is noted.
    pub fn number(&self) -> i64 {
        self.number
    }

    async fn end(&mut self, outcome: ExportOutcome) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        // A task of its own: whoever waits for it may go away.
        let end = self.as_of_now(outcome);
        let _ = tokio::spawn(note(Arc::clone(&self.list), self.number, end)).await;
    }

    fn as_of_now(&self, outcome: ExportOutcome) -> ExportEnd {
        ExportEnd {
            at: self.clock.now(),
            outcome,
            records: self.tally.records,
            rows: self.tally.rows,
            bytes: self.tally.bytes,
            sha256: self.tally.sha256(),
        }
    }
}

/// What was sent is sent: that it cannot be noted is a line for the operator.
async fn note(list: Arc<dyn ExportList>, number: i64, end: ExportEnd) {
    if let Err(error) = list.end_export(number, &end).await {
        tracing::error!(export = number, %error, "how an export ended could not be noted");
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if !self.ended
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let end = self.as_of_now(ExportOutcome::Left);
            runtime.spawn(note(Arc::clone(&self.list), self.number, end));
        }
    }
}

/// A file on its way, of which is noted how it ends. After an error nothing follows.
pub fn recorded(
    chunks: Chunks,
    recording: Recording,
) -> impl Stream<Item = Result<Chunk, ExportError>> + Send {
    stream::unfold(Some((chunks, recording)), |state| async move {
        let (mut chunks, mut recording) = state?;
        match chunks.next().await {
            Some(Ok(chunk)) => {
                if let Some(length) = chunk.length {
                    recording.announced = Some(recording.tally.bytes + length);
                }
                recording.tally.add(&chunk);
                // Who has as many bytes as were announced does not ask whether there are more.
                if recording.announced == Some(recording.tally.bytes) {
                    recording.end(ExportOutcome::Whole).await;
                }
                Some((Ok(chunk), Some((chunks, recording))))
            }
            Some(Err(error)) => {
                recording.end(ExportOutcome::Failed).await;
                Some((Err(error), None))
            }
            None => {
                recording.end(ExportOutcome::Whole).await;
                None
            }
        }
    })
}

//! A file on its way to where it is kept: it has its name only when it is whole.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::{Chunk, Chunks, ExportError};

/// Where a file is kept.
#[async_trait]
pub trait Keeper: Send + 'static {
    async fn take(&mut self, bytes: Bytes) -> Result<(), ExportError>;

    /// Everything has been taken: the file gets its name.
    async fn finish(&mut self) -> Result<(), ExportError>;

    /// The file will never be whole: what there is of it elsewhere goes. What goes with this anyway needs nothing here.
    async fn abandon(&mut self) {}
}

/// The same file, each piece of which is kept before it comes out. It ends well only when it is kept as a whole.
pub fn kept(chunks: Chunks, keeper: impl Keeper) -> Chunks {
    Box::pin(stream::unfold(Some((chunks, keeper)), |state| async move {
        let (mut chunks, mut keeper) = state?;
        let done = match chunks.next().await {
            Some(Ok(chunk)) => match keeper.take(chunk.bytes.clone()).await {
                // An announced length would let it look whole before it is.
                Ok(()) => {
                    return Some((
                        Ok(Chunk {
                            length: None,
                            ..chunk
                        }),
                        Some((chunks, keeper)),
                    ));
                }
                Err(error) => Err(error),
            },
            Some(Err(error)) => Err(error),
            None => keeper.finish().await,
        };
        match done {
            Ok(()) => None,
            Err(error) => {
                keeper.abandon().await;
                Some((Err(error), None))
            }
        }
    }))
}

export * from './on-demand-key-rotation';
export * from './on-demand-key-rotation-provider';
export * from './on-demand-key-rotation-fleet';
export * from './on-demand-key-rotation-provider-props';
